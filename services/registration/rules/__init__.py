"""Pure decisions: no database, no clock, no settings. Everything that they need comes in as values."""
