# SPDX-License-Identifier: Apache-2.0
#
# Accounts as the provisioner makes them, made quickly by the superuser: copies of one that it has made.
import datetime
import hashlib
import json

from world import identifier, name

GRANTOR = "sso_sync_grantor_bench"


def name_hash(number):
    return hashlib.sha256(f"{identifier(number)}\0{name(number)}".encode()).hexdigest()[:16]


def fill(server, first, people):
    """Copies the account of the first person for others, who joined a month ago.

    By statements of the provisioner's, 10,000 would take a minute and more."""
    fill_mysql(server, first, people) if server.is_mysql else fill_postgres(server, first, people)
    server.settle()


def aged(marker, first):
    """A marker's day of today, and the one to put in its place."""
    facts = json.loads(marker)["sso-sync"]
    if (facts["user"], facts["name"]) != (identifier(first), name_hash(first)):
        raise SystemExit(f"a marker is not as this script knows it: {marker}")
    month_ago = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=30)
    return facts["asOf"][:10], month_ago.strftime("%Y-%m-%d")


def fill_mysql(server, first, people):
    query = f"SELECT JSON_EXTRACT(User_attributes, '$.metadata') FROM mysql.user WHERE User = '{name(first)}'"
    today, then = aged(server.run(query), first)
    rows = ",\n".join(f"('{name(n)}', '{identifier(n)}', '{name_hash(n)}')" for n in people)
    server.run(
        "CREATE DATABASE filling",
        "CREATE TABLE filling.people (new_name CHAR(32), new_id VARCHAR(64), new_hash CHAR(16)) COLLATE utf8mb3_bin",
        f"INSERT INTO filling.people VALUES {rows}",
        f"CREATE TABLE filling.user SELECT u.*, p.* FROM mysql.user u, filling.people p WHERE u.User = '{name(first)}'",
        f"""UPDATE filling.user SET User = new_name, User_attributes = REPLACE(JSON_SET(User_attributes,
            '$.metadata."sso-sync".user', new_id, '$.metadata."sso-sync".name', new_hash), '{today}', '{then}')""",
        "ALTER TABLE filling.user DROP COLUMN new_name, DROP COLUMN new_id, DROP COLUMN new_hash",
        "INSERT INTO mysql.user SELECT * FROM filling.user",
        f"""INSERT INTO mysql.role_edges SELECT e.FROM_HOST, e.FROM_USER, e.TO_HOST, p.new_name, e.WITH_ADMIN_OPTION
            FROM mysql.role_edges e, filling.people p WHERE e.TO_USER = '{name(first)}'""",
        f"""INSERT INTO mysql.default_roles SELECT d.HOST, p.new_name, d.DEFAULT_ROLE_HOST, d.DEFAULT_ROLE_USER
            FROM mysql.default_roles d, filling.people p WHERE d.USER = '{name(first)}'""",
        "DROP DATABASE filling",
        "FLUSH PRIVILEGES",
    )


def fill_postgres(server, first, people):
    marker = server.run(f"SELECT shobj_description('{name(first)}'::regrole, 'pg_authid')")
    today, then = aged(marker, first)
    owners = server.run(r"SELECT rolname FROM pg_roles WHERE rolname LIKE 'sso\_sync\_owner\_%' ORDER BY 1").split()
    statements = ["BEGIN"]
    for number in people:
        text = marker.replace(today, then).replace(identifier(first), identifier(number))
        text = text.replace(name_hash(first), name_hash(number))
        statements += [f"CREATE ROLE {name(number)} LOGIN", f"COMMENT ON ROLE {name(number)} IS '{text}'"]
    for share, owner in enumerate(owners):
        accounts = ", ".join(name(number) for number in people if number % len(owners) == share)
        statements.append(f"GRANT {accounts} TO {owner} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE")
    everybody = ", ".join(map(name, people))
    statements += [f"GRANT {role} TO {everybody} GRANTED BY {GRANTOR}" for role in ("rds_iam", "readers")]
    server.run(*statements, "COMMIT")
