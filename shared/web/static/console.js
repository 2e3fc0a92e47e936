// The operations console: what each service answers, put together. Without it, every part stands on a page of its own.

const partOf = (element) => element?.closest?.("[data-part]");

// A service that does not answer says so in its own part, and only there.
for (const failure of ["htmx:response:error", "htmx:error"]) {
  document.addEventListener(failure, (event) => {
    const part = partOf(event.detail?.ctx?.target) ?? partOf(event.target);
    if (!part?.dataset.away) return;
    const text = Object.assign(document.createElement("p"), { className: "ds-paragraph", textContent: part.dataset.away });
    const alert = Object.assign(document.createElement("div"), { className: "ds-alert" });
    alert.dataset.color = "danger";
    alert.append(text);
    part.replaceChildren(alert);
    judge();
  });
}

// One sentence on top for all: well when every part has said so, ill when one has not (each says what to do).
function judge() {
  const parts = [...document.querySelectorAll("[data-part]")];
  const ill = parts.filter((part) => part.querySelector("[data-state=ill], :scope > .ds-alert"));
  const well = parts.every((part) => part.querySelector("[data-state=well]"));
  for (const verdict of document.querySelectorAll("[data-verdict]")) {
    verdict.hidden = verdict.dataset.verdict === "well" ? !well : ill.length === 0;
  }
  const names = document.querySelector("[data-ill]");
  if (names) names.textContent = ill.map((part) => part.dataset.part).join(", ");
}
document.addEventListener("htmx:after:swap", judge);

// A timeline's parts become one list in order of time.
document.addEventListener("htmx:after:swap", (event) => {
  const part = partOf(event.detail?.ctx?.target);
  const section = document.querySelector("[data-timeline]");
  if (!part || !section) return;
  const whole = section.querySelector("ol");
  const mine = `[data-service="${part.dataset.part}"]`;
  whole.querySelectorAll(mine).forEach((step) => step.remove());
  const steps = [...whole.children, ...part.querySelectorAll("[data-at]")];
  steps.sort((one, other) => (one.dataset.at < other.dataset.at ? -1 : 1));
  whole.append(...steps);
  part.querySelectorAll("[data-steps]").forEach((list) => { list.hidden = true; });
  section.hidden = whole.children.length === 0;
});
