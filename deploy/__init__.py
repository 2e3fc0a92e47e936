"""How Träffpunkt is started: on one's own machine (`deploy.local`) and in production (Dockerfile, Caddyfile)."""
