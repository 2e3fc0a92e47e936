"""`make run`: everything Träffpunkt needs, started from wheels on one machine, and stopped again without a trace."""
