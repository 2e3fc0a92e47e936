"""Pure decisions: no session, no clock, no settings."""
