"""The operations console: how a service is doing, what went wrong, what became of something, and what people may do about it.

`/drift` is a frame that any living service can serve; it fetches `/drift/<service>/panel` from each. Actions go to the
service that owns the rows, act on rows (never on Redis), and stand in the audit log with their reason. The pages stand in
`shared.operations.pages`; nothing else here needs the web, so that relays and workers can watch and measure.
"""
