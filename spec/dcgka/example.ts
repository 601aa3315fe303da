/**
 * # A worked example
 *
 * From keys to a decrypted application message, with all bytes: Alice creates a group with Bob and writes to him. The
 * example is computed here from the formulas of the chapters, with nothing of the reference but its primitives. At the
 * end the reference is asked for the same, and agrees. A test runs it.
 *
 * Randomness is as in vectors (chapter "randomness"): the seed of a user is its name, repeated to 32 bytes. Bob's key
 * bundle expires on 2033-05-18. `hex(…) // => "…"` gives bytes; long ones go on in the next lines. `conclave decode
 * envelope …` shows the fields of the envelope, and so for the other wire types.
 *
 * ```ts run
 * import { Hex } from "effect/encoding"
 * import { nodePrimitives as crypto } from "../reference/crypto/providers/node.ts"
 * import { session } from "../reference/methods.ts"
 * import { encodeCbor as cbor } from "../spec/conventions/cbor.ts"
 * import { encodeWire as encode } from "../spec/conventions/encoding.ts"
 * import { groupIdInput, memberIdInput } from "../spec/conventions/identifiers.ts"
 * import { labels } from "../spec/conventions/labels.ts"
 * import { ApplicationMessage } from "../spec/dcgka/application-messages.ts"
 * import { Envelope, Item, noDigest } from "../spec/dcgka/causal-broadcast.ts"
 * import { Content } from "../spec/dcgka/group-messaging.ts"
 * import { ControlMessage } from "../spec/dcgka/key-agreement.ts"
 * import { firstContactNonce, firstContactPrefix, KeyBundle } from "../spec/dcgka/key-bundles.ts"
 * import { emptyRatchet } from "../spec/dcgka/ratchet.ts"
 * import { ChannelMessage, ChannelPlaintext } from "../spec/dcgka/two-party-messaging.ts"
 *
 * const ascii = new TextEncoder()
 * const hex = Hex.encode
 * const joined = (...parts: Array<Uint8Array>) => new Uint8Array(Buffer.concat(parts))
 * const expand = (key: Uint8Array, info: Uint8Array, length = 32) => crypto.hkdfExpand(key, info, length)!
 * const draw = (user: string, label: string, length = 32) => {
 *   const seed = ascii.encode(user.repeat(32).slice(0, 32))
 *   return expand(crypto.hkdfExtract(ascii.encode(labels.draw), seed), ascii.encode(label), length)
 * }
 *
 * // 1. Alice has identity keys; Bob has, and publishes a key bundle (chapter "key-bundles").
 * const aliceSigning = draw("alice", "identity/signing")
 * const aliceAgreement = draw("alice", "identity/agreement")
 * const bobSigning = draw("bob", "identity/signing")
 * const bobAgreement = draw("bob", "identity/agreement")
 * const signedPrekey = draw("bob", "prekey/0")
 * const oneTimePrekey = draw("bob", "prekey/1")
 * hex(crypto.ed25519PublicKey(aliceSigning)) // => "700888164b19414cbe8cf01513cbc445f715ea024b61a48590cf6e6e0050b3f1"
 * hex(crypto.x25519PublicKey(aliceAgreement)) // => "7054501560833c46d595c66e38a2a09a0770d36abb49e786fe3126200d4a0803"
 * const fields = {
 *   suite: 1,
 *   user: "bob",
 *   signingKey: crypto.ed25519PublicKey(bobSigning),
 *   agreementKey: crypto.x25519PublicKey(bobAgreement),
 *   signedPrekeyId: 0,
 *   signedPrekey: crypto.x25519PublicKey(signedPrekey),
 *   oneTimePrekeyId: 1,
 *   oneTimePrekey: crypto.x25519PublicKey(oneTimePrekey),
 *   expires: 2_000_000_000,
 * }
 * const bundle = { ...fields, signature: crypto.ed25519Sign(bobSigning, cbor([labels.keyBundle, ...Object.values(fields)])) }
 * hex(encode(KeyBundle, bundle)) // => "8a0163626f625820ec9fd6c3bf71e387bf26deeaeb9a0bb4a9bfc0e358b64ffa8a504744015722625820d376af4ecad7" +
 * //    "8a34b4b5eec4149855406e262d9e487293abb5a90926f1f61916005820ba6b8a3d1698caebb25a855d49bf53aee92986" +
 * //    "ff868c391ad4f2117aa693a57d0158200817aaca7a321e0c02dcc0b38862b16d9a01ee387a3c10c1201b067d57ffec21" +
 * //    "1a773594005840a7deafb52907ed1cc3be5c9d7068d552525641c349e45e2e0cd3f70a7dbb9cfe9c4b36e71d37ca7a7a" +
 * //    "ef3845ba7b1706d926bac4402c750c5429c7b63804c40c"
 *
 * // 2. Alice creates a group with Bob: identifiers, the seed and the control message (chapter "key-agreement").
 * const nonce = draw("alice", "group", 16)
 * const idOf = (input: Parameters<typeof cbor>[0]) => crypto.sha256(cbor(input)).slice(0, 16)
 * const group = idOf(groupIdInput(crypto.ed25519PublicKey(aliceSigning), ["alice", "bob"], nonce))
 * const alice = idOf(memberIdInput(group, "alice", null, 0))
 * const bob = idOf(memberIdInput(group, "bob", null, 0))
 * hex(group) // => "f0a632fdce03096ccfd810445d27afb2"
 * hex(alice) // => "8691510743b65f15af8f7393d1ae8ce3"
 * hex(bob) // => "7c6d93256643720ab0784f4633c39c71"
 * const seed = draw("alice", `seed/${hex(alice)}/1`)
 * const fromSeed = crypto.hkdfExtract(new Uint8Array(), seed)
 * const create = {
 *   type: "create" as const,
 *   group: hex(group),
 *   sender: hex(alice),
 *   seq: 1,
 *   users: ["alice", "bob"],
 *   signingKey: crypto.ed25519PublicKey(aliceSigning),
 *   nonce,
 *   commitment: expand(fromSeed, cbor([labels.commitment, group, alice, 1])),
 * }
 * const control = encode(ControlMessage, create)
 * hex(control) // => "880050f0a632fdce03096ccfd810445d27afb2508691510743b65f15af8f7393d1ae8ce3018265616c69636563626f62" +
 * //    "5820700888164b19414cbe8cf01513cbc445f715ea024b61a48590cf6e6e0050b3f1508645e042bb87f9070b20066b5c" +
 * //    "cfc2a3582044e0716468a6da743414508cd6e3d0c01debeaad13f8d6b5f0ab372127d54bf9"
 *
 * // 3. She sends Bob the seed: a first contact on their channel (chapter "two-party-messaging").
 * const channelKey = (whose: string) => draw("alice", `channel/${hex(alice)}/${hex(bob)}/1/${whose}`)
 * const plaintext = encode(ChannelPlaintext, {
 *   payload: seed,
 *   secretKey: channelKey("peer"),
 *   index: 1,
 *   publicKey: crypto.x25519PublicKey(channelKey("own")),
 * })
 * hex(plaintext) // => "84582020a42497be78172f18e0296ff22172b5fd5f31e451d55d01198ff882f15338de58200cc77a26b59325d00e6987" +
 * //    "4d1d04e311cbd46c03f942d27e01ecff17c33fc676015820089de51970c244fbca9874d99ef98c458b313416b2a1bda7" +
 * //    "da1e9f015dcdc548"
 * const ephemeral = channelKey("ephemeral")
 * const ephemeralKey = crypto.x25519PublicKey(ephemeral)
 * const agreed = [
 *   crypto.x25519(aliceAgreement, bundle.signedPrekey)!,
 *   crypto.x25519(ephemeral, bundle.agreementKey)!,
 *   crypto.x25519(ephemeral, bundle.signedPrekey)!,
 *   crypto.x25519(ephemeral, bundle.oneTimePrekey)!,
 * ]
 * hex(agreed[0]!) // => "0237d9c72cab197f5fa957c814796ab2d088d5a22d416119140bce065c1ee470"
 * hex(agreed[1]!) // => "7013ec2b1c3d17577bfbecdd689f52853d61b00216fab240f7de2506e41bc842"
 * hex(agreed[2]!) // => "fa909abdef7c0e16df5241c60065a7011b93480c4087d88cdb07fedf4b869c72"
 * hex(agreed[3]!) // => "f6e734de2881279be48c33906e4d764961fd15169a27186b2538c0597c3ac23b"
 * const context = cbor([labels.channel, group, alice, bob])
 * const publicKeys = [crypto.x25519PublicKey(aliceAgreement), bundle.agreementKey, ephemeralKey, bundle.signedPrekey, bundle.oneTimePrekey]
 * const contactKey = expand(
 *   crypto.hkdfExtract(new Uint8Array(), joined(firstContactPrefix, ...agreed)),
 *   cbor([labels.firstContact, context, ...publicKeys]),
 * )
 * hex(contactKey) // => "a741272b24d713476f51469530787695511f31a93cfdc55f6bdb81cd76964446"
 * const bound = cbor([labels.channel, group, alice, bob, 0, 0, control])
 * const direct = encode(ChannelMessage, {
 *   type: "first-contact" as const,
 *   user: "alice",
 *   ephemeralKey,
 *   signedPrekeyId: 0,
 *   oneTimePrekeyId: 1,
 *   ciphertext: crypto.aeadSeal(contactKey, firstContactNonce, bound, plaintext),
 * })
 * hex(direct) // => "860065616c69636558206ceb0a4af9bd719db478327b893e7b9f40f7828619c70c86c534164888eaf077000158780396" +
 * //    "8c95086470b1a4ea387efeee0f0ba3797d0b1f5420496e3b875229ec567f2595d0a3018edc9dcb05cc67b5343d1c1120" +
 * //    "800ecf4425da50d98b1d2ee768a3bfcfe4ce0e6472c5da49e02b2301802446aadd53f58ca761c213d284038887ac3fdf" +
 * //    "23da48ae521db00cfb71f921f746ddb40c8033d71531"
 *
 * // 4. The envelope, signed under her identity signing key. It brings the key that she signs with from then on
 * //    (chapter "causal-broadcast").
 * const signing = draw("alice", `signing/${hex(alice)}/1`)
 * const item = { control: create, signingKey: crypto.ed25519PublicKey(signing), cut: null, chain: null, directs: { [hex(bob)]: direct } }
 * const digest = crypto.sha256(cbor([labels.broadcastMessage, noDigest, null, encode(Item, item)]))
 * hex(digest) // => "9099d4434f563ac179ab4abba36031031ebb63ffcd58c6bf19c5edf7dd81c7dc"
 * const signature = crypto.ed25519Sign(aliceSigning, cbor([labels.envelope, digest]))
 * const envelope = encode(Envelope, { type: "envelope" as const, items: [item], signature })
 * hex(envelope) // => "83008185880050f0a632fdce03096ccfd810445d27afb2508691510743b65f15af8f7393d1ae8ce3018265616c696365" +
 * //    "63626f625820700888164b19414cbe8cf01513cbc445f715ea024b61a48590cf6e6e0050b3f1508645e042bb87f9070b" +
 * //    "20066b5ccfc2a3582044e0716468a6da743414508cd6e3d0c01debeaad13f8d6b5f0ab372127d54bf95820637fbf5671" +
 * //    "816e161d12d365e47342d45b63691f0247444287260da29927a135f6f68182507c6d93256643720ab0784f4633c39c71" +
 * //    "58a6860065616c69636558206ceb0a4af9bd719db478327b893e7b9f40f7828619c70c86c534164888eaf07700015878" +
 * //    "03968c95086470b1a4ea387efeee0f0ba3797d0b1f5420496e3b875229ec567f2595d0a3018edc9dcb05cc67b5343d1c" +
 * //    "1120800ecf4425da50d98b1d2ee768a3bfcfe4ce0e6472c5da49e02b2301802446aadd53f58ca761c213d284038887ac" +
 * //    "3fdf23da48ae521db00cfb71f921f746ddb40c8033d715315840f646b55ca2ff3d35cb58a2c2ffad93315e21f4faeb91" +
 * //    "6bf0cb249e14677298b5124297b9612e33c2fdf380743df833322a71a0c3ee9cdd451757931c089fd603"
 *
 * // 5. Both derive the member secrets from the seed; Alice's one gives her update secret (chapter "ratchet").
 * const secretOf = (member: Uint8Array) => expand(fromSeed, cbor([labels.memberSecret, group, alice, 1, member]))
 * hex(secretOf(bob)) // => "3aa6f0b2e7db31f89dfb61b478a77b78d425b3de2a47963b499edb6169b5a011"
 * hex(secretOf(alice)) // => "7631c9a684d8eedc4e4ecf5609ae6b0e61cc46dbb64446673b3db9df2a2200ad"
 * const fed = crypto.hkdfExtract(emptyRatchet, secretOf(alice))
 * const updateSecret = expand(fed, cbor([labels.updateSecret, group, alice]))
 * hex(updateSecret) // => "76df1d29908cdcdc7ae51adbd64c808d76a74b070e3ff54dfa34e9bad8543981"
 * hex(expand(fed, cbor([labels.ratchet, group, alice]))) // => "7b61ecc48c661dca4a0d49c0de85cf3487367b847fa93f9f1242f61a0a39b352"
 *
 * // 6. Alice writes. Her first message is number 0 of the chain of her control message 1 (chapter "application-messages").
 * const place = [group, alice, 1, 0]
 * const chain = expand(updateSecret, cbor([labels.applicationChain, ...place]), 64)
 * const key = chain.slice(0, 32)
 * const commitment = expand(updateSecret, cbor([labels.applicationCommitment, group, alice, 1]))
 * const guard = draw("alice", `application/${hex(group)}/${hex(alice)}/1/0`, 8)
 * const content = encode(Content, { type: "data" as const, payload: ascii.encode("Hello, Bob") })
 * hex(key) // => "7017d97e95041c8f889a860ef474b6aa8f692ea8cf422cc9849ea9cb7447a49b"
 * hex(content) // => "82004a48656c6c6f2c20426f62"
 * const guardNonce = joined(new Uint8Array(4), guard)
 * const ciphertext = crypto.aeadSeal(key, guardNonce, cbor([labels.applicationMessage, ...place]), content)
 * const signed = cbor([labels.applicationSignature, ...place, commitment, guard, ciphertext])
 * const message = encode(ApplicationMessage, {
 *   type: "application-message" as const,
 *   group: hex(group),
 *   sender: hex(alice),
 *   seq: 1,
 *   index: 0,
 *   guard,
 *   ciphertext,
 *   signature: crypto.ed25519Sign(signing, signed),
 * })
 * hex(message) // => "880150f0a632fdce03096ccfd810445d27afb2508691510743b65f15af8f7393d1ae8ce3010048d879fc8a07356c2358" +
 * //    "1d0473de463fbf6e8723e2c8f389427cd2b1b72ee975bd7004230e7e6e575840bf6c65b693fa578f03d11a44395bf95d" +
 * //    "f5e8a607b904614e0df11faad4c5faa1681a803c85c80e63f7d16d2a542f523aef576eaf53d2a03a15c531e4ab4e8c08"
 *
 * // 7. Bob has the same update secret, hence the same key, and knows Alice's signing key by the envelope.
 * const opened = crypto.aeadOpen(key, guardNonce, cbor([labels.applicationMessage, ...place]), ciphertext)!
 * new TextDecoder().decode(opened.slice(3)) // => "Hello, Bob"
 * crypto.ed25519Verify(item.signingKey, signed, crypto.ed25519Sign(signing, signed)) // => true
 *
 * // 8. The reference gives the same bytes, and reads them.
 * const peer = session(crypto)
 * const call = (method: string, params: object) => (peer.call(method, params) as { output: Record<string, any> }).output
 * for (const user of ["alice", "bob"]) {
 *   call("keys.generate", { on: user, user, seed: hex(ascii.encode(user.repeat(32).slice(0, 32))) })
 *   call("keys.rotate", { on: user, expires: 2_000_000_000 })
 * }
 * const published = call("keys.publish", { on: "bob" }).bundle
 * published === hex(encode(KeyBundle, bundle)) // => true
 * call("keys.learn", { on: "alice", bundle: published, now: 1_000_000_000 })
 * call("keys.learn", { on: "bob", bundle: call("keys.publish", { on: "alice" }).bundle, now: 1_000_000_000 })
 * call("broadcast.create", { on: "alice", users: ["bob"] }).updateSecret === hex(updateSecret) // => true
 * const sent = call("broadcast.flush", { on: "alice" }).envelope
 * sent === hex(envelope) // => true
 * const [taken] = call("broadcast.receive", { on: "bob", envelope: sent }).taken
 * taken.secrets[0].secret === hex(updateSecret) // => true
 * for (const [on, me] of [["alice", alice], ["bob", bob]] as const) {
 *   call("application.start", { on, group: hex(group), me: hex(me), seed: hex(ascii.encode(on.repeat(32).slice(0, 32))) })
 * }
 * call("application.begin-own", { on: "alice", seq: 1, updateSecret: hex(updateSecret) })
 * const sealed = call("application.seal", { on: "alice", signingSecretKey: hex(signing), payload: hex(content) }).message
 * sealed === hex(message) // => true
 * const begun = { member: hex(alice), seq: 1, updateSecret: taken.secrets[0].secret, signingKey: taken.signingKey }
 * call("application.begin-other", { on: "bob", ...begun })
 * call("application.open", { on: "bob", seen: 1, message: sealed }).payload === hex(content) // => true
 * ```
 *
 * @module
 */
export {}
