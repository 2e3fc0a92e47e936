"""Why a mail is in its state, in words: the keys that the ledger holds, and what people read for them."""

from shared.i18n import N_

REASONS = {
    "": "",
    # it waits
    "waiting_for_facts": N_("Väntar på uppgifter om aktiviteten"),
    "server_away": N_("E-postservern kunde inte nås. Mejlet skickas när den svarar igen"),
    "server_refuses_us": N_("E-postservern släpper inte in oss: kontrollera användarnamn, lösenord och certifikat"),
    "slow_down": N_("Mottagarens server ber oss vänta"),
    "not_now": N_("Mottagarens server kunde inte ta emot just då"),
    "mailbox_full": N_("Mottagarens brevlåda är full"),
    "undecided": N_("Förbindelsen bröts innan svaret kom: mejlet kan ha kommit fram och skickas igen med samma id"),
    "broken": N_("Mejlet kunde inte skrivas: ett fel i tjänsten, som behöver rättas"),
    # it failed
    "no_such_address": N_("Adressen finns inte"),
    "policy": N_("Mottagarens server avvisade mejlet enligt sina regler"),
    "refused": N_("Mottagarens server avvisade mejlet"),
    "too_large": N_("Mejlet är för stort för mottagarens server"),
    "gave_up": N_("Gav upp efter fyra dagars försök"),
    # it was withheld
    "useless": N_("För sent: mejlet hade inte längre varit till nytta"),
    "activities_over": N_("Aktiviteterna är redan över"),
    "superseded": N_("Något har ändrats sedan dess, och ett senare mejl säger hur det är"),
    "activity_long_over": N_("Aktiviteten var för mer än 30 dagar sedan"),
    "survey_closed": N_("Enkäten är stängd"),
    "registration_closed": N_("Sista anmälningsdag har passerat"),
    "already_registered": N_("Mottagaren är redan anmäld"),
    "unsubscribed": N_("Mottagaren har avregistrerat sig från inbjudningar"),
    "bounced": N_("Adressen har visat sig inte finnas, så inget mer skickas dit"),
}
"""Key -> Swedish text, marked for translation."""


def why_away(reason: str) -> str:
    """What to read about a mail server that takes no mail, by the reason of its pause; marked for translation."""
    return REASONS["server_refuses_us"] if reason.startswith("server_refuses_us") else N_("E-postservern svarar inte")


STATES = {
    "queued": N_("I kö"),
    "inflight": N_("Skickas"),
    "retry": N_("Försöker igen"),
    "sent": N_("Skickat"),
    "failed": N_("Misslyckades"),
    "withheld": N_("Hölls tillbaka"),
    "cancelled": N_("Avbrutet"),
}

KINDS = {
    "sign_in": N_("Inloggningslänk"),
    "alarm": N_("Larm till driften"),
    "confirmation": N_("Bekräftelse av anmälan"),
    "cancelled": N_("Avbokning"),
    "offered": N_("Erbjudande om plats"),
    "accepted": N_("Bekräftelse av erbjuden plats"),
    "declined": N_("Kvitto på nej till plats"),
    "expired": N_("Erbjudande som gått ut"),
    "survey": N_("Enkät"),
    "invitation": N_("Inbjudan"),
    "invitation_test": N_("Prov på inbjudan"),
}
