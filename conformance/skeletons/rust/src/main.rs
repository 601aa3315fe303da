//! A peer for `conclave`: the protocol, and the practice layer toy. Put your own layer in its place.
use serde_json::{json, Value};
use std::collections::HashMap;
use std::io::{self, BufRead, Write};

type States = HashMap<String, Vec<String>>;

fn accepted(output: Value) -> Value {
    json!({"verdict": "accepted", "output": output})
}

fn refused(clause: &str) -> Value {
    json!({"verdict": "refused", "clause": clause})
}

fn hello() -> Value {
    json!({"protocol": "conclave-peer/1", "name": "my-port", "version": "0.1.0", "language": "Rust",
           "suites": [1], "layers": ["toy"], "options": []})
}

fn double(params: &Value) -> Value {
    match params["value"].as_i64() {
        None => json!({"verdict": "malformed", "clause": "toy.number"}),
        Some(value) if value < 0 => refused("toy.positive"),
        Some(value) => accepted(json!({"value": 2 * value})),
    }
}

fn receive(states: &mut States, on: &str, params: &Value) -> Value {
    let Some(texts) = states.get_mut(on) else {
        return refused("toy.known");
    };
    let next = texts.len() as u64 + 1;
    let number = params["number"].as_u64().unwrap_or(0);
    if number < next {
        return json!({"verdict": "ignored", "reason": "duplicate"});
    }
    if number > next {
        return json!({"verdict": "waiting", "missing": (next..number).collect::<Vec<u64>>()});
    }
    texts.push(params["text"].as_str().unwrap_or("").to_string());
    accepted(json!({"texts": texts}))
}

fn call(states: &mut States, method: &str, params: &Value) -> Option<Value> {
    let on = params["on"].as_str().unwrap_or("");
    Some(match method {
        "hello" => hello(),
        "reset" => {
            states.clear();
            accepted(json!({}))
        }
        // Your methods go here; toy goes out, here and in hello, when the first of your own layers is in.
        "toy.double" => double(params),
        "toy.open" => {
            states.insert(on.to_string(), Vec::new());
            accepted(json!({}))
        }
        "toy.receive" => receive(states, on, params),
        _ => return None,
    })
}

fn answer(states: &mut States, line: &str) -> Value {
    let Ok(request) = serde_json::from_str::<Value>(line) else {
        return json!({"jsonrpc": "2.0", "id": null, "error": {"code": -32700, "message": "not JSON"}});
    };
    let method = request["method"].as_str().unwrap_or("");
    match call(states, method, &request["params"]) {
        Some(result) => json!({"jsonrpc": "2.0", "id": request["id"], "result": result}),
        None => json!({"jsonrpc": "2.0", "id": request["id"], "error": {"code": -32601, "message": "no such method"}}),
    }
}

fn main() -> io::Result<()> {
    let mut states = States::new();
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        writeln!(out, "{}", answer(&mut states, &line?))?;
        out.flush()?;
    }
    Ok(())
}
