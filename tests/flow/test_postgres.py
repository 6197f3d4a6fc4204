# SPDX-License-Identifier: ISC
"""PostgreSQL as the store: the same promises (HOURGATE_STORE=postgres runs other flows on it), and its own."""
import concurrent.futures
import os
import shutil
import signal
import socket
import sqlite3

import pytest

import kit


def office(make, postgres, **more):
    database = postgres.database()
    practice, hourgate = make.office(settings={"data.store": f"postgres:{database}"}, **more)
    return practice, hourgate, database


def test_a_lost_connection_is_made_anew_by_the_next_vault(make, postgres):
    practice, hourgate, database = office(make, postgres)
    visitor, day = hourgate.visitor(), kit.day_after(3)
    assert visitor.book(kit.at(day, 9)).status == 201
    vault = hourgate.pid("vault")
    assert postgres.disconnect(database)
    kit.wait_until("the vault leaves", lambda: hourgate.pid("vault") not in (None, vault), 30)
    kit.wait_until("it serves again", lambda: visitor.book(kit.at(day, 10)).status == 201, 30)
    assert "connection to the database broke" in hourgate.log()
    assert len(practice.bookings("anna@practice.example")) == 2


def test_two_hourgates_sell_a_slot_once(make, postgres):
    """Nothing assumes one node: two servers with one database and one key."""
    practice, first, database = office(make, postgres)
    second = make.hourgate(settings={"data.store": f"postgres:{database}"})
    second.configure({"data.key": first.setting("data", "key")})
    second.serve()
    start = kit.at(kit.day_after(3), 10)
    visitors = [first.visitor(), second.visitor()]
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda n: visitors[n % 2].book(start, email=f"c{n}@customer.example").status,
                                range(40)))
    assert sorted(answers) == [201] + [409] * 39
    assert len(practice.bookings("anna@practice.example")) == 1
    assert first.bookings() == second.bookings()


def test_a_vault_that_is_killed_settles_what_it_left(make, postgres):
    practice, hourgate, database = office(make, postgres)
    visitor, day = hourgate.visitor(), kit.day_after(3)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = [pool.submit(visitor.book, kit.at(day, 9 + n // 2, n % 2 * 30)) for n in range(8)]
        os.kill(hourgate.pid("vault"), signal.SIGKILL)
        for answer in answers:
            answer.exception()
    kit.wait_until("nothing is in flight", lambda: postgres.sql(
        database, "SELECT count(*) FROM bookings WHERE step <> 0 AND state <> 0") == [["0"]], 40)
    confirmed = [row for row in hourgate.bookings() if row["state"] == "confirmed"]
    assert len(practice.bookings("anna@practice.example")) == len(confirmed)


def test_an_installation_moves_from_sqlite(make, postgres):
    """hourgate migrate: everything arrives, links and connections work on, and SQLite's file is left as it was."""
    practice, hourgate = make.office()
    if hourgate.database:
        pytest.skip("this session's hourgates have no SQLite")
    visitor, day = hourgate.visitor(), kit.day_after(3)
    first = visitor.book(kit.at(day, 9))
    assert first.status == 201
    before = hourgate.bookings()
    target = f"postgres:{postgres.database()}"

    refused = hourgate.run("migrate", "--to", target)
    assert refused.returncode != 0 and "in use" in refused.stderr  # it serves
    hourgate.stop()
    said = hourgate.command("migrate", "--to", target)
    assert "store = " + target in said
    again = hourgate.run("migrate", "--to", target)
    assert again.returncode != 0 and "empty database" in again.stderr

    hourgate.configure({"data.store": target})
    hourgate.serve()
    assert hourgate.bookings() == before
    visitor = hourgate.visitor()
    assert visitor.book(kit.at(day, 9)).status == 409
    assert visitor.book(kit.at(day, 10)).status == 201  # through the moved connection, with its password
    assert len(practice.bookings("anna@practice.example")) == 2


def test_a_damaged_value_stops_the_move(make, postgres):
    _, hourgate = make.office()
    if hourgate.database:
        pytest.skip("this session's hourgates have no SQLite")
    assert hourgate.visitor().book(kit.at(kit.day_after(3), 9)).status == 201
    hourgate.stop()
    with sqlite3.connect(hourgate.data / "hourgate.db") as file:
        file.execute("UPDATE bookings SET customer_name = customer_email")
    database = postgres.database()
    done = hourgate.run("migrate", "--to", f"postgres:{database}")
    assert done.returncode != 0 and "bookings.customer_name" in done.stderr
    assert postgres.sql(database, "SELECT count(*) FROM accounts") == [["0"]]


@pytest.fixture
def elsewhere(make, authority):
    """A server that is reached by TLS and a password alone, as one on another machine would be."""
    tool = kit.postgres_tool()
    if not tool.programs():
        pytest.skip("there is no PostgreSQL here")
    files = {}
    for name, path in zip(("ssl_cert_file", "ssl_key_file"), authority.issue("good")):
        files[name] = make.folder / name
        shutil.copy(path, files[name])
        files[name].chmod(0o600)
        tool.as_user(files[name])
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tool.running({"listen_addresses": "127.0.0.1,127.0.0.2", "port": port, "ssl": "on", **files}) as (conninfo, _):
        kit.Postgres.sql(conninfo, f"ALTER ROLE hourgate PASSWORD '{kit.PASSWORD}'")
        ((hba,),) = kit.Postgres.sql(conninfo, "SHOW hba_file")
        with open(hba, "w", encoding="ascii") as file:
            file.write("local all all trust\nhostssl all all 127.0.0.0/8 scram-sha-256\n")
        kit.Postgres.sql(conninfo, "SELECT pg_reload_conf()")
        yield port, conninfo


def test_a_server_elsewhere_needs_its_name_and_a_password(make, authority, elsewhere):
    port, _ = elsewhere
    practice = make.practice()
    hourgate = make.hourgate()
    secret = make.folder / "store-password"
    secret.write_text(kit.PASSWORD + "\n", encoding="ascii")
    secret.chmod(0o600)

    def store(host):
        return (f"postgres:host={host} port={port} dbname=postgres user=hourgate sslmode=verify-full"
                f" sslrootcert={authority.certificate}")

    hourgate.configure({"data.store": store("localhost")})
    done = hourgate.run("account", "list")
    assert done.returncode != 0 and "password" in done.stderr  # none was given
    hourgate.configure({"data.store": store("127.0.0.2"), "data.store_password_file": secret})
    done = hourgate.run("account", "list")
    assert done.returncode != 0 and "does not match host name" in done.stderr
    secret.write_text("Wrong-77\n", encoding="ascii")
    hourgate.configure({"data.store": store("localhost")})
    done = hourgate.run("account", "list")
    assert done.returncode != 0 and "authentication failed" in done.stderr and "Wrong-77" not in done.stderr
    secret.write_text(kit.PASSWORD + "\n", encoding="ascii")
    hourgate.serve()
    hourgate.host(practice).page()
    practice.forget()
    assert hourgate.visitor().book(kit.at(kit.day_after(3), 10)).status == 201
    assert kit.PASSWORD not in hourgate.log()


def test_what_cannot_be_trusted_is_refused(make):
    hourgate = make.hourgate()
    for store, words in (("postgres:host=db.example.org dbname=hourgate", "verify-full"),
                         ("postgres:host=/run dbname=x password=Marked-77", "store_password_file"),
                         ("mysql:host=/run", "postgres:host=")):
        hourgate.configure({"data.store": store})
        done = hourgate.run("account", "list")
        assert done.returncode != 0
        assert words in done.stderr and "Marked-77" not in done.stderr + done.stdout
