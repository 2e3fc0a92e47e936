"""Registration: what may be booked, forms, seats and their limits, waiting lists, personal pages, attendance.

Publishes: organisation.proposed, registration.received, registration.changed, attendance.closed.
Listens to: organisation.changed, project.published, activity.released, staff.changed (catalog).
"""
