// The operations console: what each service answers, put together. Without it, every part stands on a page of its own.

const partOf = (element) => element?.closest?.("[data-part]");
const made = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
const title = document.title;

// A service that does not answer says so in its own part, and only there.
for (const failure of ["htmx:response:error", "htmx:error"]) {
  document.addEventListener(failure, (event) => {
    const part = partOf(event.detail?.ctx?.target) ?? partOf(event.target);
    if (!part?.dataset.away) return;
    const alert = Object.assign(document.createElement("div"), { className: "ds-alert" });
    alert.dataset.color = "danger";
    alert.append(made("p", [part.dataset.away, part.dataset.then].filter(Boolean).join(" ")));
    alert.firstChild.className = "ds-paragraph";
    part.replaceChildren(alert);
    if ("first" in part.dataset) for (const other of document.querySelectorAll("[hx-trigger=alone]")) other.dispatchEvent(new Event("alone"));
    judge();
  });
}

// Nobody looks at a page in the background: it asks for nothing, and for everything as soon as it is seen again.
document.addEventListener("htmx:before:request", (event) => {
  if (document.hidden) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) document.querySelectorAll("[data-part]").forEach((part) => part.dispatchEvent(new Event("seen")));
});

// On top: what is wrong in all of them and what to do, said once if it is the same in many; or that all is well.
function judge() {
  const top = document.querySelector("[data-verdicts]");
  if (!top) return;
  const parts = [...document.querySelectorAll("[data-part]")];
  const said = new Map();
  for (const part of parts) {
    const away = part.querySelector(":scope > .ds-alert") && [made("strong", part.dataset.away), new Text(" "), made("span", part.dataset.then)];
    const troubles = [...part.querySelectorAll(".troubles > li")].map((each) => [each.dataset.level, [...each.childNodes]]);
    for (const [level, words] of away ? [["danger", away]] : troubles) {
      const text = words.map((word) => word.textContent).join("");
      if (!said.has(text)) said.set(text, { level, words, services: [] });
      said.get(text).services.push(part.dataset.part);
    }
  }
  for (const verdict of top.children) {
    const level = verdict.dataset.verdict;
    if (level === "well") {
      verdict.hidden = !parts.every((part) => part.querySelector("[data-state=well]"));
      continue;
    }
    const items = [...said.values()].filter((each) => each.level === level).map(({ words, services }) => {
      const item = document.createElement("li");
      item.append(`${services.join(", ")}: `, ...words.map((word) => word.cloneNode(true)));
      return item;
    });
    const list = verdict.querySelector(".troubles");
    if (list.textContent !== items.map((item) => item.textContent).join("")) list.replaceChildren(...items); // else nothing is said again
    verdict.hidden = items.length === 0;
  }
  document.title = said.size ? `(${said.size}) ${title}` : title;
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
