-- One database and one role for each service, which owns it; no role can enter another's database.
-- PostgreSQL's image runs this once, when its volume is new. The passwords are read from files, and stand in no log.

\set catalog `cat /run/secrets/catalog_password`
\set registration `cat /run/secrets/registration_password`
\set notifications `cat /run/secrets/notifications_password`
\set surveys `cat /run/secrets/surveys_password`

CREATE ROLE catalog LOGIN PASSWORD :'catalog';
CREATE ROLE registration LOGIN PASSWORD :'registration';
CREATE ROLE notifications LOGIN PASSWORD :'notifications';
CREATE ROLE surveys LOGIN PASSWORD :'surveys';

-- The built-in collation comes with PostgreSQL itself: an upgrade of the system's library breaks no index.
\set alike 'TEMPLATE template0 ENCODING UTF8 LOCALE_PROVIDER builtin BUILTIN_LOCALE \'C.UTF-8\' LOCALE \'C\''

CREATE DATABASE catalog OWNER catalog :alike;
CREATE DATABASE registration OWNER registration :alike;
CREATE DATABASE notifications OWNER notifications :alike;
CREATE DATABASE surveys OWNER surveys :alike;

REVOKE ALL ON DATABASE postgres, catalog, registration, notifications, surveys FROM PUBLIC;
