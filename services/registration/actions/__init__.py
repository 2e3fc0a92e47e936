"""The verbs: a session and values in, rules applied, facts recorded in the same transaction.

The order of locks, the same in every action, so that none can wait in a circle: the person (a new registration only), then
offerings by ascending id, then registrations by ascending id. Seats and counters are only changed under their offering's lock.
"""
