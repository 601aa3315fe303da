//! What the adapters of libraries of MLS have in common: the methods of the chapter "What can be observed of MLS groups", over lines of JSON.
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{self, BufRead, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Why a library refuses.
pub type Refusal = String;
pub type Answer<A> = Result<A, Refusal>;

/// What a library says of a refusal.
pub fn refused(error: impl std::fmt::Debug) -> Refusal {
    format!("{error:?}")
}

/// What a library is.
pub struct About {
    pub name: &'static str,
    pub version: &'static str,
    pub url: &'static str,
}

/// A signature key of Ed25519.
pub struct SigningKey {
    pub secret: Vec<u8>,
    pub public: Vec<u8>,
}

/// A proposal as it is sent, and the reference by which commits name it.
pub struct Proposal {
    pub message: Vec<u8>,
    pub reference: Vec<u8>,
}

/// What is seen of a member.
pub struct View {
    pub epoch: u64,
    pub leaf: u32,
    /// Leaves and users.
    pub members: Vec<(u32, String)>,
    pub authenticator: Vec<u8>,
    pub exported: Vec<u8>,
}

/// The label of the secret that is exported.
pub const EXPORTED: &str = "conclave/1 tree-kem group key";

/// One who has published a key package, and may be a member by it. Who is cloned goes on as two. What fails may leave it in any state.
pub trait Member: Clone {
    /// With the key package. The signature key is fresh, unless one is brought.
    fn publish(user: &str, signing: Option<SigningKey>) -> Answer<(Self, Vec<u8>)>;
    fn found(&mut self, group: &[u8]) -> Answer<()>;
    fn join(&mut self, welcome: &[u8]) -> Answer<()>;
    fn add(&mut self, key_package: &[u8]) -> Answer<Proposal>;
    fn remove(&mut self, leaf: u32) -> Answer<Proposal>;
    fn update(&mut self) -> Answer<Proposal>;
    /// Takes a proposal of another; gives its reference.
    fn admit(&mut self, proposal: &[u8]) -> Answer<Vec<u8>>;
    /// Goes on to the epoch after a commit of just these proposals. Gives the commit, and the welcome.
    fn commit(&mut self, references: &[Vec<u8>]) -> Answer<(Vec<u8>, Option<Vec<u8>>)>;
    /// Goes on to the epoch after a commit of another. Gives whether it removes this member, which stays where it is then.
    fn process(&mut self, commit: &[u8]) -> Answer<bool>;
    fn seal(&mut self, content: &[u8]) -> Answer<Vec<u8>>;
    fn open(&mut self, message: &[u8]) -> Answer<Vec<u8>>;
    /// None before it is a member.
    fn view(&mut self) -> Answer<Option<View>>;
    fn info(&mut self) -> Answer<Vec<u8>>;
}

/// A member with what it has seen of its epoch: references by proposal, and the states after its own commits.
#[derive(Clone)]
struct Handle<M> {
    member: M,
    references: HashMap<String, Vec<u8>>,
    committed: HashMap<String, M>,
}

/// What is no call of a method.
struct NoCall(String);

fn text<'a>(params: &'a Value, key: &str) -> Result<&'a str, NoCall> {
    params[key].as_str().ok_or_else(|| NoCall(format!("{key} is no text")))
}

fn bytes(params: &Value, key: &str) -> Result<Vec<u8>, NoCall> {
    hex::decode(text(params, key)?).map_err(|_| NoCall(format!("{key} is no hex")))
}

impl<M: Member> Handle<M> {
    fn proposing(&mut self, proposal: Proposal) -> Value {
        let message = hex::encode(proposal.message);
        self.references.insert(message.clone(), proposal.reference);
        json!({"proposal": message})
    }

    fn enter(&mut self, member: M) {
        *self = Handle { member, references: HashMap::new(), committed: HashMap::new() };
    }

    fn commit(&mut self, params: &Value) -> Answer<Value> {
        let named = params["proposals"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let known = |proposal: &str| self.references.get(proposal).cloned().ok_or("a proposal that was not admitted".to_string());
        let references = named.map(known).collect::<Answer<Vec<_>>>()?;
        let mut next = self.member.clone();
        let (commit, welcome) = next.commit(&references)?;
        let commit = hex::encode(commit);
        self.committed.insert(commit.clone(), next);
        Ok(json!({"commit": commit, "welcome": welcome.map(hex::encode)}))
    }

    fn process(&mut self, commit: &str, bytes: &[u8]) -> Answer<Value> {
        if let Some(next) = self.committed.remove(commit) {
            self.enter(next);
            return Ok(json!({"removed": false}));
        }
        let mut next = self.member.clone();
        let removed = next.process(bytes)?;
        if !removed {
            self.enter(next);
        }
        Ok(json!({"removed": removed}))
    }

    fn view(&mut self) -> Answer<Value> {
        let Some(view) = self.member.view()? else {
            return Ok(json!({"me": null, "epoch": null, "members": [], "authenticator": null, "exported": null}));
        };
        let member = |(leaf, user): &(u32, String)| json!({"member": leaf.to_string(), "user": user});
        Ok(json!({
            "me": view.leaf.to_string(),
            "epoch": view.epoch,
            "members": view.members.iter().map(member).collect::<Vec<_>>(),
            "authenticator": hex::encode(view.authenticator),
            "exported": hex::encode(view.exported),
        }))
    }

    fn call(&mut self, method: &str, params: &Value) -> Result<Answer<Value>, NoCall> {
        let member = &mut self.member;
        Ok(match method {
            "mls.found" => member.found(&bytes(params, "group")?).map(|()| json!({})),
            "mls.join" => member.join(&bytes(params, "welcome")?).map(|()| json!({})),
            "mls.add" => member.add(&bytes(params, "card")?).map(|proposal| self.proposing(proposal)),
            "mls.remove" => {
                let leaf = text(params, "member")?.parse().map_err(|_| NoCall("no leaf".to_string()))?;
                member.remove(leaf).map(|proposal| self.proposing(proposal))
            }
            "mls.update" => member.update().map(|proposal| self.proposing(proposal)),
            "mls.admit" => {
                let message = bytes(params, "proposal")?;
                member.admit(&message).map(|reference| {
                    self.references.insert(hex::encode(message), reference);
                    json!({})
                })
            }
            "mls.commit" => self.commit(params),
            "mls.process" => self.process(text(params, "commit")?, &bytes(params, "commit")?),
            "mls.seal" => member.seal(text(params, "text")?.as_bytes()).map(|message| json!({"message": hex::encode(message)})),
            "mls.open" => {
                let opened = member.open(&bytes(params, "message")?);
                opened.and_then(|content| String::from_utf8(content).map_err(refused)).map(|text| json!({"text": text}))
            }
            "mls.view" => self.view(),
            "mls.info" => member.info().map(|info| json!({"info": hex::encode(info)})),
            _ => return Err(NoCall(format!("no method {method}"))),
        })
    }
}

fn call<M: Member>(handles: &mut HashMap<String, Handle<M>>, method: &str, params: &Value) -> Result<Answer<Value>, NoCall> {
    let on = text(params, "on")?;
    if method == "mls.publish" {
        let signing = match &params["signing"] {
            Value::Null => None,
            keys => Some(SigningKey { secret: bytes(keys, "secretKey")?, public: bytes(keys, "publicKey")? }),
        };
        return Ok(M::publish(text(params, "user")?, signing).map(|(member, card)| {
            handles.insert(on.to_string(), Handle { member, references: HashMap::new(), committed: HashMap::new() });
            json!({"card": hex::encode(card)})
        }));
    }
    // What fails changes nothing, whatever the library does.
    let mut handle = handles.get(on).cloned().ok_or_else(|| NoCall(format!("no handle {on}")))?;
    if method == "mls.copy" {
        handles.insert(text(params, "as")?.to_string(), handle);
        return Ok(Ok(json!({})));
    }
    let answer = handle.call(method, params)?;
    if answer.is_ok() {
        handles.insert(on.to_string(), handle);
    }
    Ok(answer)
}

fn hello(About { name, version, url }: &About) -> Value {
    json!({
        "protocol": "conclave-plays/1",
        "name": name,
        "version": version,
        "language": "Rust",
        "url": url,
        "parts": ["mls"],
        "options": ["copies", "messages", "former-messages", "delivery"],
        "wire": "RFC 9420, cipher suite 3",
    })
}

fn answer<M: Member>(handles: &mut HashMap<String, Handle<M>>, about: &About, line: &str) -> Value {
    let error = |id: &Value, code: i64, message: &str| json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}});
    let Ok(request) = serde_json::from_str::<Value>(line) else {
        return error(&Value::Null, -32700, "not JSON");
    };
    let id = &request["id"];
    let result = match request["method"].as_str().unwrap_or("") {
        "hello" => hello(about),
        "reset" => {
            handles.clear();
            json!({"verdict": "accepted", "output": {}})
        }
        method => match catch_unwind(AssertUnwindSafe(|| call(handles, method, &request["params"]))) {
            Err(_) => return error(id, -32603, "the library panicked"),
            Ok(Err(NoCall(why))) => return error(id, -32602, &why),
            Ok(Ok(Err(why))) => json!({"verdict": "refused", "clause": about.name, "detail": why.chars().take(300).collect::<String>()}),
            Ok(Ok(Ok(output))) => json!({"verdict": "accepted", "output": output}),
        },
    };
    json!({"jsonrpc": "2.0", "id": id, "result": result})
}

/// Answers calls, a line each, until there are no more.
pub fn serve<M: Member>(about: About) -> io::Result<()> {
    let mut handles: HashMap<String, Handle<M>> = HashMap::new();
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        writeln!(out, "{}", answer(&mut handles, &about, &line?))?;
        out.flush()?;
    }
    Ok(())
}
