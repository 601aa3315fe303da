//! One member's key agreement. States are values in p2panda-encryption: a step that fails leaves the one before.
use p2panda_encryption::Rng;
use p2panda_encryption::key_bundle::{Lifetime, OneTimeKeyBundle};
use p2panda_encryption::key_manager::{KeyManager, KeyManagerState};
use p2panda_encryption::key_registry::{KeyRegistry, KeyRegistryState};
use p2panda_encryption::message_scheme::dcgka::{ControlMessage, Dcgka, DirectMessage, OperationOutput, ProcessInput, UpdateSecret};
use p2panda_encryption::message_scheme::group::GroupConfig;
use p2panda_encryption::message_scheme::{DecryptionRatchet, DecryptionRatchetState, RatchetSecret, RatchetSecretState, decrypt_message, encrypt_message};
use p2panda_encryption::test_utils::crypto::SecretKey;
use p2panda_encryption::test_utils::message_scheme::dcgka::TestDcgkaState;
use p2panda_encryption::test_utils::message_scheme::dgm::AckedTestDgm;
use p2panda_encryption::test_utils::{MemberId, MessageId};
use p2panda_encryption::traits::PreKeyManager;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

type Dgm = AckedTestDgm<MemberId, MessageId>;
type Direct = DirectMessage<MemberId, MessageId, Dgm>;
type Operation = OperationOutput<MemberId, MessageId, Dgm>;

/// Why the implementation refuses.
type Refusal = String;

/// What is sent: the message, the direct messages by user, and the sender's update secret.
pub struct Outgoing {
    pub message: String,
    pub directs: Vec<(String, String)>,
    pub secret: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Message {
    id: MessageId,
    control: ControlMessage<MemberId, MessageId>,
}

/// An application message, as the library's own group has it.
#[derive(Serialize, Deserialize)]
struct Sealed {
    sender: MemberId,
    generation: u32,
    ciphertext: Vec<u8>,
}

fn refused(error: impl std::fmt::Display) -> Refusal {
    error.to_string()
}

fn written(value: &impl Serialize) -> Result<String, Refusal> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).map_err(refused)?;
    Ok(hex::encode(bytes))
}

fn read<A: DeserializeOwned>(text: &str) -> Result<A, Refusal> {
    let bytes = hex::decode(text).map_err(refused)?;
    ciborium::from_reader(bytes.as_slice()).map_err(refused)
}

/// Members are numbers there; ours are made of the names of users, alike in all processes.
fn id_of(user: &str) -> MemberId {
    let digest = Sha256::digest(user.as_bytes());
    let first: [u8; 6] = digest[..6].try_into().expect("six bytes");
    first.iter().fold(0, |sum, byte| sum * 256 + usize::from(*byte))
}

fn secret_of(secret: UpdateSecret) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

/// A user that is no member yet: its keys, and what it knows of others.
pub struct User {
    name: String,
    keys: KeyManagerState,
    known: KeyRegistryState<MemberId>,
    names: HashMap<MemberId, String>,
}

impl User {
    pub fn appear(name: &str) -> Result<User, Refusal> {
        let rng = Rng::default();
        let secret = SecretKey::from_bytes(rng.random_array().map_err(refused)?);
        let keys = KeyManager::init_and_generate_prekey(&secret, Lifetime::default(), &rng).map_err(refused)?;
        let mut user = User { name: name.to_string(), keys, known: KeyRegistry::init(), names: HashMap::new() };
        // Who derives a secret for itself looks its own identity key up, too.
        let own = user.publish()?;
        user.meet(name, &own)?;
        Ok(user)
    }

    pub fn publish(&mut self) -> Result<String, Refusal> {
        let (keys, bundle) = KeyManager::generate_onetime_bundle(self.keys.clone(), &Rng::default()).map_err(refused)?;
        self.keys = keys;
        written(&bundle)
    }

    pub fn meet(&mut self, other: &str, card: &str) -> Result<(), Refusal> {
        let bundle: OneTimeKeyBundle = read(card)?;
        self.known = KeyRegistry::add_onetime_bundle(self.known.clone(), id_of(other), bundle).map_err(refused)?;
        self.names.insert(id_of(other), other.to_string());
        Ok(())
    }
}

/// A member.
pub struct Group {
    me: MemberId,
    name: String,
    joined: bool,
    last: MessageId,
    state: TestDcgkaState,
    names: HashMap<MemberId, String>,
    rng: Rng,
    /// Our ratchet of application messages, and those of others: each of the last update secret, as the library's own group keeps them.
    sealing: Option<RatchetSecretState>,
    opening: HashMap<MemberId, DecryptionRatchetState>,
}

impl Group {
    pub fn enter(user: User) -> Group {
        let me = id_of(&user.name);
        Group {
            me,
            name: user.name,
            joined: false,
            last: MessageId::new(me),
            state: Dcgka::init(me, user.keys, user.known, AckedTestDgm::init(me)),
            names: user.names,
            rng: Rng::default(),
            sealing: None,
            opening: HashMap::new(),
        }
    }

    fn name_of(&self, id: MemberId) -> String {
        self.names.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    fn outgoing(&self, id: MessageId, control: ControlMessage<MemberId, MessageId>, directs: &[Direct], secret: Option<UpdateSecret>) -> Result<Outgoing, Refusal> {
        let directs = directs.iter().map(|direct| Ok((self.name_of(direct.recipient), written(direct)?)));
        Ok(Outgoing {
            message: written(&Message { id, control })?,
            directs: directs.collect::<Result<_, Refusal>>()?,
            secret: secret.map(secret_of),
        })
    }

    /// Takes note of an operation as processed by ourselves, as the library asks its users to do.
    fn done(&mut self, (state, output): (TestDcgkaState, Operation)) -> Result<Outgoing, Refusal> {
        let id = self.last.inc();
        let (state, output) = Dcgka::process_local(state, id, output, &self.rng).map_err(refused)?;
        self.state = state;
        self.last = id;
        self.joined = true;
        self.begin(output.me_update_secret.as_ref());
        self.outgoing(id, output.control_message, &output.direct_messages, output.me_update_secret)
    }

    fn begin(&mut self, own: Option<&UpdateSecret>) {
        if let Some(secret) = own {
            self.sealing = Some(RatchetSecret::init(secret.clone().into()));
        }
    }

    pub fn create(&mut self, users: &[&str]) -> Result<Outgoing, Refusal> {
        let members = std::iter::once(self.me).chain(users.iter().map(|user| id_of(user))).collect();
        let done = Dcgka::create(self.state.clone(), members, &self.rng).map_err(refused)?;
        self.done(done)
    }

    pub fn update(&mut self) -> Result<Outgoing, Refusal> {
        let done = Dcgka::update(self.state.clone(), &self.rng).map_err(refused)?;
        self.done(done)
    }

    pub fn add(&mut self, user: &str) -> Result<Outgoing, Refusal> {
        self.names.insert(id_of(user), user.to_string());
        let done = Dcgka::add(self.state.clone(), id_of(user), &self.rng).map_err(refused)?;
        self.done(done)
    }

    pub fn remove(&mut self, member: &str) -> Result<Outgoing, Refusal> {
        let done = Dcgka::remove(self.state.clone(), id_of(member), &self.rng).map_err(refused)?;
        self.done(done)
    }

    /// What is sent in answer, and the secret of the sender.
    pub fn process(&mut self, message: &str, direct: Option<&str>) -> Result<(Option<Outgoing>, Option<String>), Refusal> {
        let Message { id, control } = read(message)?;
        let direct_message: Option<Direct> = direct.map(read).transpose()?;
        let input = ProcessInput { seq: id, sender: id.sender, control_message: control, direct_message };
        let (state, output) = Dcgka::process_remote(self.state.clone(), input, &self.rng).map_err(refused)?;
        self.state = state;
        self.joined = true;
        self.begin(output.me_update_secret.as_ref());
        if let Some(secret) = &output.sender_update_secret {
            self.opening.insert(id.sender, DecryptionRatchet::init(secret.clone().into()));
        }
        let secret = output.sender_update_secret.map(secret_of);
        let Some(control) = output.control_message else {
            return Ok((None, secret));
        };
        self.last = self.last.inc();
        let answer = self.outgoing(self.last, control, &output.direct_messages, output.me_update_secret)?;
        Ok((Some(answer), secret))
    }

    pub fn seal(&mut self, text: &str) -> Result<String, Refusal> {
        let ratchet = self.sealing.clone().ok_or("no secret to seal with")?;
        let (ratchet, generation, key) = RatchetSecret::ratchet_forward(ratchet).map_err(refused)?;
        let ciphertext = encrypt_message(text.as_bytes(), key).map_err(refused)?;
        self.sealing = Some(ratchet);
        written(&Sealed { sender: self.me, generation, ciphertext })
    }

    pub fn open(&mut self, message: &str) -> Result<String, Refusal> {
        let Sealed { sender, generation, ciphertext } = read(message)?;
        let ratchet = self.opening.get(&sender).cloned().ok_or("no secret of the sender")?;
        let bounds = GroupConfig::default();
        let (ahead, past) = (bounds.maximum_forward_distance, bounds.out_of_order_tolerance);
        let (ratchet, key) = DecryptionRatchet::secret_for_decryption(ratchet, generation, ahead, past).map_err(refused)?;
        let text = decrypt_message(&ciphertext, key).map_err(refused)?;
        self.opening.insert(sender, ratchet);
        String::from_utf8(text).map_err(refused)
    }

    pub fn copied(&self) -> Group {
        let (me, name, joined, last) = (self.me, self.name.clone(), self.joined, self.last);
        let (sealing, opening) = (self.sealing.clone(), self.opening.clone());
        Group { me, name, joined, last, state: self.state.clone(), names: self.names.clone(), rng: Rng::default(), sealing, opening }
    }

    /// Who we are, once we have joined, and the users in our view.
    pub fn view(&self) -> Result<(Option<String>, Vec<String>), Refusal> {
        if !self.joined {
            return Ok((None, Vec::new()));
        }
        let members = Dcgka::member_view(&self.state, &self.me).map_err(refused)?;
        Ok((Some(self.name.clone()), members.into_iter().map(|id| self.name_of(id)).collect()))
    }
}
