"""The catalogue: projects, activities, organisations, regions' focus areas, proposals, staff and sign-in, the final report.

Publishes: organisation.changed, project.published, activity.released, sign_in.requested, staff.changed.
Listens to: organisation.proposed and attendance.closed (registration), mailing.completed (notifications), results.published
(surveys).
"""
