//! OpenMLS as an adapter for plays of MLS groups. Its states are in its storage, which is copied: a step that fails leaves the one before.
use conclave_adapter_mls::{About, Answer, EXPORTED, Member, Proposal, SigningKey, View, refused, serve};
use openmls::prelude::hash_ref::ProposalRef;
use openmls::prelude::tls_codec::{DeserializeBytes, Serialize};
use openmls::prelude::*;
use openmls_basic_credential::SignatureKeyPair;
use openmls_rust_crypto::OpenMlsRustCrypto;
use std::collections::HashMap;
use std::sync::Arc;

const SUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519;

/// How many former epochs' application messages open.
const FORMER: usize = 2;

#[derive(Clone)]
struct OpenMls {
    values: HashMap<Vec<u8>, Vec<u8>>,
    keys: Arc<SignatureKeyPair>,
    credential: CredentialWithKey,
    group: Option<GroupId>,
}

type Found = Vec<u8>;

fn read(bytes: &[u8]) -> Answer<MlsMessageIn> {
    MlsMessageIn::tls_deserialize_exact_bytes(bytes).map_err(refused)
}

fn written(message: &MlsMessageOut) -> Answer<Found> {
    message.tls_serialize_detached().map_err(refused)
}

fn user_of(credential: &Credential) -> String {
    String::from_utf8_lossy(credential.serialized_content()).into_owned()
}

fn proposal((message, reference): (MlsMessageOut, ProposalRef)) -> Answer<Proposal> {
    Ok(Proposal { message: written(&message)?, reference: reference.tls_serialize_detached().map_err(refused)? })
}

impl OpenMls {
    /// Does something with the storage as it is here, and keeps it.
    fn with_storage<A>(&mut self, does: impl FnOnce(&OpenMlsRustCrypto, &SignatureKeyPair) -> Answer<A>) -> Answer<A> {
        let provider = OpenMlsRustCrypto::default();
        *provider.storage().values.write().map_err(refused)? = std::mem::take(&mut self.values);
        let done = does(&provider, &self.keys)?;
        self.values = std::mem::take(&mut *provider.storage().values.write().map_err(refused)?);
        Ok(done)
    }

    fn with_group<A>(&mut self, does: impl FnOnce(&OpenMlsRustCrypto, &SignatureKeyPair, &mut MlsGroup) -> Answer<A>) -> Answer<A> {
        let id = self.group.clone().ok_or("no member")?;
        self.with_storage(|provider, keys| {
            let mut group = MlsGroup::load(provider.storage(), &id).map_err(refused)?.ok_or("no group")?;
            does(provider, keys, &mut group)
        })
    }

    fn processed(&mut self, message: &[u8]) -> Answer<Processed> {
        let message = read(message)?.try_into_protocol_message().map_err(refused)?;
        self.with_group(|provider, _, group| {
            let processed = group.process_message(provider, message).map_err(refused)?;
            match processed.into_content() {
                ProcessedMessageContent::ProposalMessage(queued) => {
                    let reference = queued.proposal_reference_ref().tls_serialize_detached().map_err(refused)?;
                    group.store_pending_proposal(provider.storage(), *queued).map_err(refused)?;
                    Ok(Processed::Proposal(reference))
                }
                ProcessedMessageContent::StagedCommitMessage(staged) => {
                    let removed = staged.self_removed();
                    group.merge_staged_commit(provider, *staged).map_err(refused)?;
                    Ok(Processed::Commit(removed))
                }
                ProcessedMessageContent::ApplicationMessage(message) => Ok(Processed::Application(message.into_bytes())),
                _ => Err("a message of another kind".to_string()),
            }
        })
    }
}

enum Processed {
    Proposal(Vec<u8>),
    Commit(bool),
    Application(Vec<u8>),
}

fn join_config() -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder()
        .wire_format_policy(PURE_PLAINTEXT_WIRE_FORMAT_POLICY)
        .use_ratchet_tree_extension(true)
        .max_past_epochs(FORMER)
        .build()
}

impl Member for OpenMls {
    fn publish(user: &str, signing: Option<SigningKey>) -> Answer<(Self, Vec<u8>)> {
        let algorithm = SUITE.signature_algorithm();
        let keys = match signing {
            None => SignatureKeyPair::new(algorithm).map_err(refused)?,
            Some(SigningKey { secret, public }) => SignatureKeyPair::from_raw(algorithm, secret, public),
        };
        let credential = CredentialWithKey {
            credential: BasicCredential::new(user.as_bytes().to_vec()).into(),
            signature_key: keys.public().to_vec().into(),
        };
        let mut member = OpenMls { values: HashMap::new(), keys: Arc::new(keys), credential: credential.clone(), group: None };
        let card = member.with_storage(|provider, keys| {
            let bundle = KeyPackage::builder()
                .key_package_lifetime(Lifetime::init(0, u64::MAX))
                .build(SUITE, provider, keys, credential)
                .map_err(refused)?;
            written(&MlsMessageOut::from(bundle.key_package().clone()))
        })?;
        Ok((member, card))
    }

    fn found(&mut self, group: &[u8]) -> Answer<()> {
        let (id, credential) = (GroupId::from_slice(group), self.credential.clone());
        self.with_storage(|provider, keys| {
            MlsGroup::builder()
                .with_group_id(id)
                .ciphersuite(SUITE)
                .with_wire_format_policy(PURE_PLAINTEXT_WIRE_FORMAT_POLICY)
                .use_ratchet_tree_extension(true)
                .max_past_epochs(FORMER)
                .lifetime(Lifetime::init(0, u64::MAX))
                .build(provider, keys, credential)
                .map_err(refused)
        })?;
        self.group = Some(GroupId::from_slice(group));
        Ok(())
    }

    fn join(&mut self, welcome: &[u8]) -> Answer<()> {
        let MlsMessageBodyIn::Welcome(welcome) = read(welcome)?.extract() else {
            return Err("no welcome".to_string());
        };
        let id = self.with_storage(|provider, _| {
            let staged = StagedWelcome::build_from_welcome(provider, &join_config(), welcome).map_err(refused)?.build().map_err(refused)?;
            Ok(staged.into_group(provider).map_err(refused)?.group_id().clone())
        })?;
        self.group = Some(id);
        Ok(())
    }

    fn add(&mut self, key_package: &[u8]) -> Answer<Proposal> {
        let MlsMessageBodyIn::KeyPackage(unverified) = read(key_package)?.extract() else {
            return Err("no key package".to_string());
        };
        self.with_group(|provider, keys, group| {
            let key_package = unverified.validate(provider.crypto(), ProtocolVersion::Mls10).map_err(refused)?;
            proposal(group.propose_add_member(provider, keys, &key_package).map_err(refused)?)
        })
    }

    fn remove(&mut self, leaf: u32) -> Answer<Proposal> {
        self.with_group(|provider, keys, group| {
            proposal(group.propose_remove_member(provider, keys, LeafNodeIndex::new(leaf)).map_err(refused)?)
        })
    }

    fn update(&mut self) -> Answer<Proposal> {
        self.with_group(|provider, keys, group| {
            proposal(group.propose_self_update(provider, keys, LeafNodeParameters::default()).map_err(refused)?)
        })
    }

    fn admit(&mut self, proposal: &[u8]) -> Answer<Vec<u8>> {
        match self.processed(proposal)? {
            Processed::Proposal(reference) => Ok(reference),
            _ => Err("no proposal".to_string()),
        }
    }

    fn commit(&mut self, references: &[Vec<u8>]) -> Answer<(Vec<u8>, Option<Vec<u8>>)> {
        self.with_group(|provider, keys, group| {
            let held: Vec<ProposalRef> = group.pending_proposals().map(|one| one.proposal_reference_ref().clone()).collect();
            for one in held {
                if !references.contains(&one.tls_serialize_detached().map_err(refused)?) {
                    group.remove_pending_proposal(provider.storage(), &one).map_err(refused)?;
                }
            }
            let builder = group.commit_builder().load_psks(provider.storage()).map_err(refused)?;
            let built = builder.build(provider.rand(), provider.crypto(), keys, |_| true).map_err(refused)?;
            let (commit, welcome, _) = built.stage_commit(provider).map_err(refused)?.into_messages();
            group.merge_pending_commit(provider).map_err(refused)?;
            Ok((written(&commit)?, welcome.map(|one| written(&one)).transpose()?))
        })
    }

    fn process(&mut self, commit: &[u8]) -> Answer<bool> {
        match self.processed(commit)? {
            Processed::Commit(removed) => Ok(removed),
            _ => Err("no commit".to_string()),
        }
    }

    fn seal(&mut self, content: &[u8]) -> Answer<Vec<u8>> {
        self.with_group(|provider, keys, group| written(&group.create_message(provider, keys, content).map_err(refused)?))
    }

    fn open(&mut self, message: &[u8]) -> Answer<Vec<u8>> {
        match self.processed(message)? {
            Processed::Application(content) => Ok(content),
            _ => Err("no application message".to_string()),
        }
    }

    fn view(&mut self) -> Answer<Option<View>> {
        if self.group.is_none() {
            return Ok(None);
        }
        self.with_group(|provider, _, group| {
            Ok(Some(View {
                epoch: group.epoch().as_u64(),
                leaf: group.own_leaf_index().u32(),
                members: group.members().map(|one| (one.index.u32(), user_of(&one.credential))).collect(),
                authenticator: group.epoch_authenticator().as_slice().to_vec(),
                exported: group.export_secret(provider.crypto(), EXPORTED, &[], 32).map_err(refused)?,
            }))
        })
    }

    fn info(&mut self) -> Answer<Vec<u8>> {
        self.with_group(|provider, keys, group| {
            written(&group.export_group_info(provider.crypto(), keys, true).map_err(refused)?)
        })
    }
}

fn main() -> std::io::Result<()> {
    serve::<OpenMls>(About { name: "openmls", version: "0.9.2", url: "https://crates.io/crates/openmls" })
}
