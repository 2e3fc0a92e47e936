"""Surveys: what those who were present are asked, their anonymous answers, and the results that may be shown.

Publishes: survey.invited, results.published.
Listens to: project.published, activity.released, staff.changed (catalog), attendance.closed (registration).
"""
