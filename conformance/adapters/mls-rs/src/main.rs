//! mls-rs as an adapter for plays of MLS groups. Its groups are cloned: a step that fails leaves the one before.
use conclave_adapter_mls::{About, Answer, EXPORTED, Member, Proposal, SigningKey, View, refused, serve};
use mls_rs::client_builder::{BaseConfig, WithCryptoProvider, WithIdentityProvider, WithMlsRules};
use mls_rs::group::proposal::BorrowedProposal;
use mls_rs::group::{CommitEffect, GroupContext, ReceivedMessage, Roster};
use mls_rs::identity::SigningIdentity;
use mls_rs::identity::basic::{BasicCredential, BasicIdentityProvider};
use mls_rs::mls_rules::{CommitDirection, CommitOptions, CommitSource, EncryptionOptions, ProposalBundle, ProposalInfo};
use mls_rs::{CipherSuite, CipherSuiteProvider, Client, CryptoProvider, ExtensionList, Group, MlsMessage, MlsRules};
use mls_rs_crypto_rustcrypto::RustCryptoProvider;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

const SUITE: CipherSuite = CipherSuite::CURVE25519_CHACHA;

/// Rules by which just the proposals that are wanted are committed; everything else is as by default.
#[derive(Clone, Default)]
struct Rules {
    wanted: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl MlsRules for Rules {
    type Error = Infallible;

    fn filter_proposals(
        &self,
        direction: CommitDirection,
        _source: CommitSource,
        _roster: &Roster,
        _context: &GroupContext,
        mut proposals: ProposalBundle,
    ) -> Result<ProposalBundle, Infallible> {
        if direction == CommitDirection::Send {
            let wanted = self.wanted.lock().expect("one thread");
            let is_wanted = |one: &ProposalInfo<BorrowedProposal<'_>>| {
                Ok::<bool, Infallible>(one.proposal_ref().is_none_or(|reference| wanted.iter().any(|other| other[..] == reference[..])))
            };
            proposals.retain(is_wanted)?;
        }
        Ok(proposals)
    }

    fn commit_options(&self, _: &Roster, _: &GroupContext, _: &ProposalBundle) -> Result<CommitOptions, Infallible> {
        Ok(CommitOptions::new())
    }

    fn encryption_options(&self, _: &Roster, _: &GroupContext) -> Result<EncryptionOptions, Infallible> {
        Ok(EncryptionOptions::default())
    }
}

type Config = WithCryptoProvider<RustCryptoProvider, WithIdentityProvider<BasicIdentityProvider, WithMlsRules<Rules, BaseConfig>>>;

#[derive(Clone)]
struct MlsRs {
    client: Client<Config>,
    rules: Rules,
    group: Option<Group<Config>>,
}

fn read(bytes: &[u8]) -> Answer<MlsMessage> {
    MlsMessage::from_bytes(bytes).map_err(refused)
}

fn written(message: &MlsMessage) -> Answer<Vec<u8>> {
    message.to_bytes().map_err(refused)
}

impl MlsRs {
    fn group(&mut self) -> Answer<&mut Group<Config>> {
        self.group.as_mut().ok_or("no member".to_string())
    }

    fn proposed(&mut self, message: MlsMessage) -> Answer<Proposal> {
        // What was proposed last is the one proposal whose message this is.
        let written = written(&message)?;
        let reference = message.into_proposal_reference(&suite()?).map_err(refused)?.ok_or("no proposal")?;
        Ok(Proposal { message: written, reference })
    }
}

fn suite() -> Answer<impl CipherSuiteProvider> {
    RustCryptoProvider::default().cipher_suite_provider(SUITE).ok_or("no such suite".to_string())
}

impl Member for MlsRs {
    fn publish(user: &str, signing: Option<SigningKey>) -> Answer<(Self, Vec<u8>)> {
        let (secret, public) = match signing {
            None => suite()?.signature_key_generate().map_err(refused)?,
            // A secret key has the public one with it there.
            Some(SigningKey { secret, public }) => ([secret, public.clone()].concat().into(), public.into()),
        };
        let identity = SigningIdentity::new(BasicCredential::new(user.as_bytes().to_vec()).into_credential(), public);
        let rules = Rules::default();
        let client = Client::builder()
            .mls_rules(rules.clone())
            .identity_provider(BasicIdentityProvider)
            .crypto_provider(RustCryptoProvider::default())
            .signing_identity(identity, secret, SUITE)
            .build();
        let card = client.generate_key_package_message(ExtensionList::default(), ExtensionList::default(), None).map_err(refused)?;
        Ok((MlsRs { client, rules, group: None }, written(&card)?))
    }

    fn found(&mut self, group: &[u8]) -> Answer<()> {
        let founded = self.client.create_group_with_id(group.to_vec(), ExtensionList::default(), ExtensionList::default(), None);
        self.group = Some(founded.map_err(refused)?);
        Ok(())
    }

    fn join(&mut self, welcome: &[u8]) -> Answer<()> {
        self.group = Some(self.client.join_group(None, &read(welcome)?, None).map_err(refused)?.0);
        Ok(())
    }

    fn add(&mut self, key_package: &[u8]) -> Answer<Proposal> {
        let message = self.group()?.propose_add(read(key_package)?, Vec::new()).map_err(refused)?;
        self.proposed(message)
    }

    fn remove(&mut self, leaf: u32) -> Answer<Proposal> {
        let message = self.group()?.propose_remove(leaf, Vec::new()).map_err(refused)?;
        self.proposed(message)
    }

    fn update(&mut self) -> Answer<Proposal> {
        let message = self.group()?.propose_update(Vec::new()).map_err(refused)?;
        self.proposed(message)
    }

    fn admit(&mut self, proposal: &[u8]) -> Answer<Vec<u8>> {
        match self.group()?.process_incoming_message(read(proposal)?).map_err(refused)? {
            ReceivedMessage::Proposal(proposal) => Ok(proposal.proposal_ref()),
            _ => Err("no proposal".to_string()),
        }
    }

    fn commit(&mut self, references: &[Vec<u8>]) -> Answer<(Vec<u8>, Option<Vec<u8>>)> {
        *self.rules.wanted.lock().map_err(refused)? = references.to_vec();
        let group = self.group()?;
        let made = group.commit_builder().build().map_err(refused)?;
        group.apply_pending_commit().map_err(refused)?;
        let welcome = made.welcome_messages.first().map(written).transpose()?;
        Ok((written(&made.commit_message)?, welcome))
    }

    fn process(&mut self, commit: &[u8]) -> Answer<bool> {
        match self.group()?.process_incoming_message(read(commit)?).map_err(refused)? {
            ReceivedMessage::Commit(commit) => Ok(matches!(commit.effect, CommitEffect::Removed { .. })),
            _ => Err("no commit".to_string()),
        }
    }

    fn seal(&mut self, content: &[u8]) -> Answer<Vec<u8>> {
        written(&self.group()?.encrypt_application_message(content, Vec::new()).map_err(refused)?)
    }

    fn open(&mut self, message: &[u8]) -> Answer<Vec<u8>> {
        match self.group()?.process_incoming_message(read(message)?).map_err(refused)? {
            ReceivedMessage::ApplicationMessage(message) => Ok(message.data().to_vec()),
            _ => Err("no application message".to_string()),
        }
    }

    fn view(&mut self) -> Answer<Option<View>> {
        let Some(group) = &self.group else {
            return Ok(None);
        };
        let user = |one: &SigningIdentity| {
            let credential = one.credential.as_basic().ok_or("no basic credential".to_string())?;
            Answer::Ok(String::from_utf8_lossy(&credential.identifier).into_owned())
        };
        let members = group.roster().members_iter().map(|one| Ok((one.index, user(&one.signing_identity)?)));
        Ok(Some(View {
            epoch: group.current_epoch(),
            leaf: group.current_member_index(),
            members: members.collect::<Answer<_>>()?,
            authenticator: group.epoch_authenticator().map_err(refused)?.as_bytes().to_vec(),
            exported: group.export_secret(EXPORTED.as_bytes(), &[], 32).map_err(refused)?.as_bytes().to_vec(),
        }))
    }

    fn info(&mut self) -> Answer<Vec<u8>> {
        written(&self.group()?.group_info_message(true).map_err(refused)?)
    }
}

fn main() -> std::io::Result<()> {
    serve::<MlsRs>(About { name: "mls-rs", version: "0.57.0", url: "https://crates.io/crates/mls-rs" })
}
