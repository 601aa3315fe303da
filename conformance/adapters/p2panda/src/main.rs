//! p2panda-encryption, message scheme, as an adapter for plays of key agreement: its DCGKA with its own membership, which it has for tests.
mod group;

use group::{Group, Outgoing, User};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{self, BufRead, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Everything that the adapter knows: users that have no member yet, and members, by handle.
#[derive(Default)]
struct Session {
    users: HashMap<String, User>,
    groups: HashMap<String, Group>,
}

/// What is no call of a method.
struct NoCall(String);

/// What the implementation answers: an output, or why it refuses.
type Answer = Result<Value, String>;

fn hello() -> Value {
    json!({
        "protocol": "conclave-plays/1",
        "name": "p2panda-encryption",
        "version": "0.6.1",
        "language": "Rust",
        "url": "https://crates.io/crates/p2panda-encryption",
        "parts": ["dcgka"],
        "options": ["copies", "messages"],
        "wire": "p2panda-encryption 0.6.1",
    })
}

fn text<'a>(params: &'a Value, key: &str) -> Result<&'a str, NoCall> {
    params[key].as_str().ok_or_else(|| NoCall(format!("{key} is no text")))
}

fn sent(outgoing: Option<Outgoing>) -> Value {
    let one = |one: Outgoing| {
        let directs: Vec<Value> = one
            .directs
            .into_iter()
            .map(|(user, direct)| json!({"member": user, "user": user, "direct": direct}))
            .collect();
        json!({"message": one.message, "directs": directs, "secret": one.secret})
    };
    json!(outgoing.into_iter().map(one).collect::<Vec<Value>>())
}

impl Session {
    fn group(&mut self, params: &Value) -> Result<&mut Group, NoCall> {
        let on = text(params, "on")?;
        self.groups.get_mut(on).ok_or_else(|| NoCall(format!("no handle {on}")))
    }

    fn user(&mut self, params: &Value) -> Result<&mut User, NoCall> {
        let name = text(params, "user")?;
        self.users.get_mut(name).ok_or_else(|| NoCall(format!("no user {name}")))
    }

    fn call(&mut self, method: &str, params: &Value) -> Result<Answer, NoCall> {
        Ok(match method {
            "user.appear" => {
                let name = text(params, "user")?;
                User::appear(name).map(|user| {
                    self.users.insert(name.to_string(), user);
                    json!({})
                })
            }
            "user.publish" => self.user(params)?.publish().map(|card| json!({"card": card})),
            "user.meet" => {
                let (other, card) = (text(params, "other")?, text(params, "card")?);
                self.user(params)?.meet(other, card).map(|()| json!({}))
            }
            "member.enter" => {
                let (on, name) = (text(params, "on")?, text(params, "user")?);
                let user = self.users.remove(name).ok_or_else(|| NoCall(format!("no user {name}")))?;
                self.groups.insert(on.to_string(), Group::enter(user));
                Ok(json!({}))
            }
            "member.create" => {
                let users: Vec<&str> = params["users"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                self.group(params)?.create(&users).map(|out| json!({"sent": sent(Some(out))}))
            }
            "member.update" => self.group(params)?.update().map(|out| json!({"sent": sent(Some(out))})),
            "member.add" => {
                let user = text(params, "user")?;
                self.group(params)?.add(user).map(|out| json!({"sent": sent(Some(out))}))
            }
            "member.remove" => {
                let member = text(params, "member")?;
                self.group(params)?.remove(member).map(|out| json!({"sent": sent(Some(out))}))
            }
            "member.process" => {
                let (message, direct) = (text(params, "message")?, params["direct"].as_str());
                let processed = self.group(params)?.process(message, direct);
                processed.map(|(out, secret)| json!({"sent": sent(out), "secret": secret}))
            }
            "member.seal" => {
                let text = text(params, "text")?;
                self.group(params)?.seal(text).map(|message| json!({"message": message}))
            }
            "member.open" => {
                let message = text(params, "message")?;
                self.group(params)?.open(message).map(|text| json!({"text": text}))
            }
            "member.copy" => {
                let copied = self.group(params)?.copied();
                self.groups.insert(text(params, "as")?.to_string(), copied);
                Ok(json!({}))
            }
            "member.view" => self.group(params)?.view().map(|(me, users)| {
                let members: Vec<Value> = users.iter().map(|user| json!({"member": user, "user": user})).collect();
                json!({"me": me, "members": members})
            }),
            _ => return Err(NoCall(format!("no method {method}"))),
        })
    }
}

fn answer(session: &mut Session, line: &str) -> Value {
    let error = |id: &Value, code: i64, message: &str| json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}});
    let Ok(request) = serde_json::from_str::<Value>(line) else {
        return error(&Value::Null, -32700, "not JSON");
    };
    let id = &request["id"];
    let result = match request["method"].as_str().unwrap_or("") {
        "hello" => hello(),
        "reset" => {
            *session = Session::default();
            json!({"verdict": "accepted", "output": {}})
        }
        // The implementation may panic; what it was about to change is as it was before then.
        method => match catch_unwind(AssertUnwindSafe(|| session.call(method, &request["params"]))) {
            Err(_) => return error(id, -32603, "the implementation panicked"),
            Ok(Err(NoCall(why))) => return error(id, -32602, &why),
            Ok(Ok(Err(why))) => json!({"verdict": "refused", "clause": "p2panda", "detail": why}),
            Ok(Ok(Ok(output))) => json!({"verdict": "accepted", "output": output}),
        },
    };
    json!({"jsonrpc": "2.0", "id": id, "result": result})
}

fn main() -> io::Result<()> {
    let mut session = Session::default();
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        writeln!(out, "{}", answer(&mut session, &line?))?;
        out.flush()?;
    }
    Ok(())
}
