#!/usr/bin/python3
"""A small system kept in one file, managed by this script: what a package needs of a script, and all it may do.

Input: one JSON document. Output: one JSON document, or one a line for `list`. Failures: {"error": {...}}, exit code 1.
The file `fault` beside the state makes it hang, break off, forget its answer or say that it is asked too often.
"""
import fcntl
import json
import os
import signal
import sys
import time

ASKED = json.load(sys.stdin)
SETTINGS = ASKED["settings"]
FOLDER = SETTINGS["folder"]
FAULT = ""

TYPES = [
    {
        "name": "account",
        "keyAttribute": "login",
        "attributes": [
            {"name": "login"},
            {"name": "name"},
            {"name": "mail"},
            {"name": "since", "type": "date", "isReadOnly": True},
            {"name": "active", "type": "boolean"},
            {"name": "password", "isWriteOnly": True},
        ],
        "links": [{"name": "teams", "targetObjectType": "team"}],
        "disabling": {"attribute": "active", "disabledValue": False, "enabledValue": True},
        "passwordAttribute": "password",
    },
    {"name": "team", "keyAttribute": "code", "attributes": [{"name": "code"}, {"name": "title"}]},
]


def fail(code, message, **more):
    print(json.dumps({"error": {"code": code, "message": message, **more}}))
    sys.exit(1)


def say(answer):
    text = json.dumps(answer)
    if FAULT == "half":
        print(text[: len(text) // 2], end="")
    elif FAULT != "lost" or "delta" not in ASKED:
        print(text)
    else:
        os.kill(os.getpid(), signal.SIGKILL)


def load():
    with open(os.path.join(FOLDER, "state.json"), encoding="utf-8") as file:
        return json.load(file)


def save(state):
    draft = os.path.join(FOLDER, "state.json.new")
    with open(draft, "w", encoding="utf-8") as file:
        json.dump(state, file)
    os.rename(draft, os.path.join(FOLDER, "state.json"))


def shown(key, row):
    values = {name: value for name, value in row["attributes"].items() if name != "password"}
    return {"key": key, "attributes": values, "links": row["links"]}


def check_values(state, delta):
    password = delta["set"].get("password")
    if password is not None and len(password) < 8:
        fail("CONSTRAINT_VIOLATION", "The password is too short.", targetCode="SHORT", hint="Use 8 characters.")
    for member in delta["add"].get("teams", []):
        if member not in state["team"]:
            fail("CONSTRAINT_VIOLATION", "There is no such team.", targetCode="NO_TEAM", targetMessage=member)


def changed(row, delta):
    attributes = {**row["attributes"], **{name: value for name, value in delta["set"].items()}}
    links = {name: set(members) for name, members in row["links"].items()}
    for name, members in delta["remove"].items():
        links[name] = links.get(name, set()) - set(members)
    for name, members in delta["add"].items():
        links[name] = links.get(name, set()) | set(members)
    attributes = {name: value for name, value in attributes.items() if value is not None and name != "login"}
    return {"attributes": attributes, "links": {name: sorted(members) for name, members in links.items() if members}}


def apply(state):
    delta, key = ASKED["delta"], ASKED["key"]
    rows = state[ASKED["objectType"]]
    before = rows.get(key)
    if delta["kind"] == "delete":
        rows.pop(key, None)
        return "alreadySo" if before is None else "applied"
    check_values(state, delta)
    if delta["kind"] == "update" and before is None:
        fail("NOT_FOUND", "There is no such row.")
    base = before or {"attributes": {"active": True} if ASKED["objectType"] == "account" else {}, "links": {}}
    after = changed(base, delta)
    if before is not None and after == before:
        return "alreadySo"
    if delta["kind"] == "create" and before is not None:
        fail("ALREADY_EXISTS", "It exists with other values.")
    rows[key] = after
    return "applied"


def write():
    with open(os.path.join(FOLDER, "lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        state = load()
        if ASKED["idempotencyKey"] in state["done"]:
            return say({"outcome": "alreadySo", "key": ASKED["key"]})
        outcome = apply(state)
        state["done"].append(ASKED["idempotencyKey"])
        save(state)
    return say({"outcome": outcome, "key": ASKED["key"]})


def listing():
    for number, (key, row) in enumerate(load()[ASKED["objectType"]].items()):
        if FAULT == "broken" and number == 1000:
            print('{"key": "hal', end="")
            sys.exit(0)
        print(json.dumps(shown(key, row)))


def main():
    global FAULT
    if ASKED["operation"] == "describe":
        return say({"objectTypes": TYPES})
    if not os.path.isdir(FOLDER):
        fail("UNREACHABLE", "The system is not there.", targetCode="GONE")
    if SETTINGS.get("secret") != "canary-Right/5f2c@":
        print(f"asked with {SETTINGS.get('secret')}", file=sys.stderr)
        fail("UNAUTHENTICATED", f"The system does not know the secret {SETTINGS.get('secret')}.")
    fault = os.path.join(FOLDER, "fault")
    if os.path.exists(fault):
        with open(fault, encoding="utf-8") as file:
            FAULT = file.read()
    if FAULT == "hang":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)
    if FAULT == "busy":
        fail("RATE_LIMITED", "Too many questions.", retryAfterMs=1700)
    if ASKED["operation"] == "check":
        return say({})
    if ASKED["operation"] == "list":
        return listing()
    if ASKED["operation"] == "read":
        row = load()[ASKED["objectType"]].get(ASKED["key"])
        return say({"object": None if row is None else shown(ASKED["key"], row)})
    return write()


main()
