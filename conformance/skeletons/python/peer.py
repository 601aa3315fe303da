"""A peer for `conclave`: the protocol, and the practice layer toy. Put your own layer in its place."""
import json
import sys

states = {}


def accepted(output):
    return {"verdict": "accepted", "output": output}


def refused(clause):
    return {"verdict": "refused", "clause": clause}


def hello(params):
    return {"protocol": "conclave-peer/1", "name": "my-port", "version": "0.1.0", "language": "Python",
            "suites": [1], "layers": ["toy"], "options": []}


def reset(params):
    states.clear()
    return accepted({})


def double(params):
    value = params["value"]
    if type(value) is not int:
        return {"verdict": "malformed", "clause": "toy.number"}
    return refused("toy.positive") if value < 0 else accepted({"value": 2 * value})


def open_handle(params):
    states[params["on"]] = []
    return accepted({})


def receive(params):
    texts = states.get(params["on"])
    if texts is None:
        return refused("toy.known")
    number = params["number"]
    if number <= len(texts):
        return {"verdict": "ignored", "reason": "duplicate"}
    if number > len(texts) + 1:
        return {"verdict": "waiting", "missing": list(range(len(texts) + 1, number))}
    texts.append(params["text"])
    return accepted({"texts": texts})


methods = {
    "hello": hello,
    "reset": reset,
    # Your methods go here; toy goes out, here and in hello, when the first of your own layers is in.
    "toy.double": double,
    "toy.open": open_handle,
    "toy.receive": receive,
}


def answer(line):
    request = json.loads(line)
    reply = {"jsonrpc": "2.0", "id": request["id"]}
    method = methods.get(request["method"])
    if method is None:
        reply["error"] = {"code": -32601, "message": "no such method"}
    else:
        reply["result"] = method(request["params"])
    return json.dumps(reply)


sys.stdin.reconfigure(encoding="utf-8", newline="\n")
for line in sys.stdin:
    print(answer(line), flush=True)
