//! CPU time of key agreement by p2panda-encryption, for `npm run bench`: its DCGKA with its own membership, without signatures, order, and anything in bytes.
//! Prints a line for each size of group that is given: milliseconds of each round, for an update's sender, one recipient, and one member that processes all acknowledgements.
use p2panda_encryption::Rng;
use p2panda_encryption::key_bundle::Lifetime;
use p2panda_encryption::key_manager::KeyManager;
use p2panda_encryption::key_registry::KeyRegistry;
use p2panda_encryption::message_scheme::dcgka::{ControlMessage, Dcgka, DirectMessage, OperationOutput, ProcessInput};
use p2panda_encryption::test_utils::crypto::SecretKey;
use p2panda_encryption::test_utils::message_scheme::dcgka::TestDcgkaState;
use p2panda_encryption::test_utils::message_scheme::dgm::AckedTestDgm;
use p2panda_encryption::test_utils::{MemberId, MessageId};
use p2panda_encryption::traits::PreKeyManager;
use serde_json::json;

type Dgm = AckedTestDgm<MemberId, MessageId>;
type Operation = OperationOutput<MemberId, MessageId, Dgm>;

/// The first rounds warm up.
const WARMING: usize = 3;
const ROUNDS: usize = 15;

struct Member {
    me: MemberId,
    last: MessageId,
    /// Taken by each step, which gives it back.
    state: Option<TestDcgkaState>,
    rng: Rng,
}

/// What is sent: by whom and under which number, with the direct messages.
struct Sent {
    id: MessageId,
    control: ControlMessage<MemberId, MessageId>,
    directs: Vec<DirectMessage<MemberId, MessageId, Dgm>>,
}

/// The CPU time of this thread, in milliseconds.
fn cpu() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock exists on every Unix, and `time` is ours.
    let status = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    assert_eq!(status, 0, "no clock of the thread's CPU time");
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

fn timed<A>(does: impl FnOnce() -> A) -> (f64, A) {
    let before = cpu();
    let done = does();
    (cpu() - before, done)
}

impl Member {
    fn operate(&mut self, does: impl FnOnce(TestDcgkaState, &Rng) -> (TestDcgkaState, Operation)) -> Sent {
        let (state, output) = does(self.state.take().expect("a state"), &self.rng);
        let id = self.last.inc();
        let (state, output) = Dcgka::process_local(state, id, output, &self.rng).expect("our own operation");
        self.state = Some(state);
        self.last = id;
        Sent { id, control: output.control_message, directs: output.direct_messages }
    }

    fn process(&mut self, sent: &Sent) -> Option<Sent> {
        let direct_message = sent.directs.iter().find(|direct| direct.recipient == self.me).cloned();
        let input = ProcessInput { seq: sent.id, sender: sent.id.sender, control_message: sent.control.clone(), direct_message };
        let (state, output) = Dcgka::process_remote(self.state.take().expect("a state"), input, &self.rng).expect("an operation of another");
        self.state = Some(state);
        output.control_message.map(|control| {
            self.last = self.last.inc();
            Sent { id: self.last, control, directs: output.direct_messages }
        })
    }
}

/// Users numbered from 0 who all know each other, and their own keys.
fn members(n: usize) -> Vec<Member> {
    let rng = Rng::default();
    let mut keys: Vec<_> = (0..n)
        .map(|_| {
            let secret = SecretKey::from_bytes(rng.random_array().expect("randomness"));
            KeyManager::init_and_generate_prekey(&secret, Lifetime::default(), &rng).expect("keys")
        })
        .collect();
    let mut known: Vec<_> = (0..n).map(|_| KeyRegistry::init()).collect();
    for one in 0..n {
        for other in 0..n {
            let (after, bundle) = KeyManager::generate_onetime_bundle(keys[other].clone(), &rng).expect("a bundle");
            keys[other] = after;
            known[one] = KeyRegistry::add_onetime_bundle(known[one].clone(), other, bundle).expect("a bundle of another");
        }
    }
    let states = keys.into_iter().zip(known).enumerate();
    states
        .map(|(me, (keys, known))| Member {
            me,
            last: MessageId::new(me),
            state: Some(Dcgka::init(me, keys, known, AckedTestDgm::init(me))),
            rng: Rng::default(),
        })
        .collect()
}

/// Delivers what the first member has sent, and all answers to the first and the second. Gives the times of the second, and of the first with the answers.
fn settle(members: &mut [Member], sent: &Sent) -> (f64, f64) {
    let mut answers = Vec::new();
    let mut recipient = 0.0;
    for (index, member) in members.iter_mut().enumerate().skip(1) {
        let (time, answer) = timed(|| member.process(sent));
        if index == 1 {
            recipient = time;
        }
        answers.extend(answer);
    }
    let (first, others) = members.split_first_mut().expect("a member");
    let (all, ()) = timed(|| answers.iter().for_each(|answer| drop(first.process(answer))));
    for answer in answers.iter().filter(|answer| answer.id.sender != 1) {
        others[0].process(answer);
    }
    (recipient, all)
}

fn main() {
    for n in std::env::args().skip(1).map(|size| size.parse().expect("a size")) {
        let mut members = members(n);
        let created = members[0].operate(|state, rng| Dcgka::create(state, (0..n).collect(), rng).expect("a create"));
        settle(&mut members, &created);
        let (mut senders, mut recipients, mut acknowledgements) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..WARMING + ROUNDS {
            let (sender, update) = timed(|| members[0].operate(|state, rng| Dcgka::update(state, rng).expect("an update")));
            let (recipient, all) = settle(&mut members, &update);
            if round >= WARMING {
                senders.push(sender);
                recipients.push(recipient);
                acknowledgements.push(all);
            }
        }
        println!("{}", json!({"n": n, "sender": senders, "one recipient": recipients, "all acks, sender": acknowledgements}));
    }
}
