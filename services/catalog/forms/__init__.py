"""What people fill in: Pydantic models, and the way from them to what the actions take."""
