"""What comes in: staff's forms (drafting) and a survey's own form (answering)."""
