"""Faults, caused for real. Each has its test; those that need no whole site stand beside what they break.

| fault | where it is caused |
| --- | --- |
| Redis wiped once and again and again; a queue deleted or of a wrong type; its memory used up | `test_redis_wiped` |
| Redis killed and started empty; away for a minute; stopped; all clients cut; half-open links | `test_redis_away` |
| a worker frozen beyond redelivery; all killed amid handlers and a mailing; their children killed | `test_workers` |
| ten workers and two relays at once; one of two relays frozen while it holds what it publishes | `test_workers` |
| web, worker and relay killed before and after commit, after publication, before acknowledgement | `test_boundaries` |
| PostgreSQL restarted in immediate mode; its connections cut | `test_postgres` |
| one service down for a while | `test_services` |
| messages twice, late, dropped and in any order | `test_wire`; driven by Hypothesis: `tests/shared/messaging/test_any_delivery` |
| a message that is not JSON, of an unknown event, of a megabyte | `test_wire`; which kinds: `tests/shared/messaging/test_loop` |
| a service's database restored from an older backup | `test_restored`; every case: `tests/shared/messaging/test_reconciliation` |
| a handler that always fails, or kills its process | `test_poison`; what is charged: `tests/shared/messaging/test_inbox` |
| the mail server refuses, answers 4xx and 5xx, times out after DATA, is slow, hangs up, has a wrong certificate | `test_smtp` |
| a mail's sender killed, frozen, without its lease | `tests/notifications/test_sending` |
| disk full for Redis, for PostgreSQL | `test_disk` |
| clocks of processes and of databases jump by hours | `test_clock` |
| new code with old messages, old code with new fields and new events | `test_wire`; every sample: `tests/contracts/test_events` |

A load runs through all four services meanwhile, and a checker compares what was asked with what is there (`load`); a witness in
every worker sees that each event is handled once and in order (`witness`). `make storm` causes hundreds at random (`storm`).
"""
