/**
 * Faults put into the definitions in spec/proofs: for each the build has to stop, because a proof does not hold any more.
 *
 * @module
 */

/** A fault: what is written in the place of what. `stops` is the file whose proofs fail. */
export interface Fault {
  readonly name: string
  readonly file: string
  readonly from: string
  readonly to: string
  readonly stops: string
}

/** Finds a text wherever its lines are broken. */
export const anywhere = (text: string): RegExp =>
  new RegExp(
    text
      .trim()
      .split(/\s+/)
      .map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      .join("\\s+"),
    "g",
  )

/** The faults, by chapter. */
export const faults: ReadonlyArray<Fault> = [
  {
    name: "the create is not before everything",
    file: "GroupMembership",
    from: "  is_create a || (N.eqb (sender a)",
    to: "  (N.eqb (sender a)",
    stops: "MembershipOrder",
  },
  {
    name: "an addition is cancelled by any removal of its adder, known or not",
    file: "GroupMembership",
    from: " && negb (bef (by_op to) r)) ops",
    to: ") ops",
    stops: "MembershipMembers",
  },
  {
    name: "an addition is cancelled only by a removal of its adder that it knew",
    file: "GroupMembership",
    from: "&& negb (bef (by_op to) r)) ops",
    to: "&& bef r (by_op to)) ops",
    stops: "MembershipRemoval",
  },
  {
    name: "of two who know different things only what both know is known",
    file: "GroupMembership",
    from: "negb (knows a i) && negb (knows b i)",
    to: "negb (knows a i) || negb (knows b i)",
    stops: "MembershipKept",
  },
  {
    name: "who sends its first operation knows nothing",
    file: "GroupMembership",
    from: "Knowledge (Nat.min 1 (length (entries c))) []",
    to: "Knowledge 0 []",
    stops: "MembershipKept",
  },
  {
    name: "a new change forgets what came after its sender's last operation",
    file: "GroupMembership",
    from: "let u := filter (fun i => negb (knows k i)) (seq 0 n) in",
    to: "let u := unknown k in",
    stops: "MembershipKept",
  },
  {
    name: "an ack gives the change, and not what is before it",
    file: "GroupMembership",
    from: "Some (_, u) => Some (Knowledge (S p) u)",
    to: "Some (_, u) => Some (Knowledge (S p) (seq 1 (pred p)))",
    stops: "MembershipKept",
  },
  {
    name: "the reference looks at the first removal only",
    file: "MembershipReference",
    from: "&& negb (nat_mem (at_ to) (besides from)).",
    to: "&& true.",
    stops: "MembershipReference",
  },
  {
    name: "of a welcome's knowledge only the latest change is looked at",
    file: "MembershipClosed",
    from: "(latest :: filter (fun i => negb (nat_mem i (unknown k))) (missing latest))",
    to: "[latest]",
    stops: "MembershipClosed",
  },
  {
    name: "the key that opened a message is kept",
    file: "TwoPartyMessaging",
    from: "filter (fun x => j <? x) (own c)",
    to: "filter (fun x => j <=? x) (own c)",
    stops: "TwoPartyMessaging",
  },
  {
    name: "an index of the peer may come again",
    file: "TwoPartyMessaging",
    from: "if opens c m && (peer_index c <? index m) then",
    to: "if opens c m && (peer_index c <=? index m) then",
    stops: "TwoPartyMessaging",
  },
  {
    name: "a message is sealed to the key that the message before last made",
    file: "TwoPartyMessaging",
    from: "| MadeByUs i => ToSenderKey i end in",
    to: "| MadeByUs i => ToSenderKey (i - 1) end in",
    stops: "TwoPartyMessaging",
  },
  {
    name: "who knows what the peer has processed deletes the key of that message too",
    file: "TwoPartyMessaging",
    from: "Channel (filter (fun x => i <=? x) (own c))",
    to: "Channel (filter (fun x => i <? x) (own c))",
    stops: "TwoPartyMessaging",
  },
  {
    name: "2t witnesses make a value ready",
    file: "Cooperation",
    from: "witness_size (t k : nat) : nat := 2 * t + k.",
    to: "witness_size (t k : nat) : nat := 2 * t.",
    stops: "Cooperation",
  },
  {
    name: "half of the voters pass the gate",
    file: "Cooperation",
    from: "(n + t) / 2 + 1.",
    to: "n / 2 + 1.",
    stops: "Cooperation",
  },
  {
    name: "2t + 1 votes are a quorum for every n",
    file: "GlobalConsensus",
    from: "incl q voters /\\ ready_size (length voters) t <= length q /\\",
    to: "incl q voters /\\ 2 * t + 1 <= length q /\\",
    stops: "GlobalConsensus",
  },
  {
    name: "a lock ends with its round",
    file: "GlobalConsensus",
    from: "(Member r Propose (locked (members s v)))",
    to: "(Member r Propose None)",
    stops: "GlobalConsensus",
  },
  {
    name: "a lock is left for a value that was prevoted before it",
    file: "GlobalConsensus",
    from: "v < round m /\\ l <= v /\\",
    to: "v < round m /\\",
    stops: "GlobalConsensus",
  },
  {
    name: "a message is taken before what it acknowledges",
    file: "CausalBroadcast",
    from: " && forallb (fun a => snd a <=? seen l (fst a)) (acknowledges m).",
    to: ".",
    stops: "CausalBroadcast",
  },
  {
    name: "what is held is tried once",
    file: "CausalBroadcast",
    from: "Some (m, r) => retry f (State (m :: taken s) r)",
    to: "Some (m, r) => State (m :: taken s) r",
    stops: "CausalBroadcast",
  },
  {
    name: "what is held below a number that was taken is held for ever",
    file: "CausalBroadcast",
    from: "if number m <=? seen (taken s) (sender m) then s else",
    to: "if number m <? seen (taken s) (sender m) then s else",
    stops: "CausalBroadcast",
  },
  {
    name: "a held message that nobody has shown to count is taken",
    file: "FormerMembers",
    from: "negb (existsb (fun e => shows l h e m) h).",
    to: "existsb (fun e => shows l h e m) h.",
    stops: "FormerMembers",
  },
  {
    name: "anybody's acknowledgement shows that a message of a former member counts",
    file: "FormerMembers",
    from: "acknowledges_from e m && (view l (sender e) || may_have_left l e (sender e) ||\n         may_have_left l m (sender e) || made_leave l h e).",
    to: "acknowledges_from e m.",
    stops: "FormerMembers",
  },
  {
    name: "who is removed by a former member may have left by it though it knew",
    file: "FormerMembers",
    from: "view l y && existsb (fun r => removal_of x r && negb (knew l y r)) l",
    to: "view l y && existsb (removal_of x) l",
    stops: "FormerMembers",
  },
  {
    name: "of a member that is removed it matters only whether it knows of the removal of its remover",
    file: "FormerMembers",
    from: "forall z q, In q l -> removal_of z q = true -> knew l y q = true.",
    to: "forall z q, In q l -> removal_of z q && (z =? x) = true -> knew l y q = true.",
    stops: "FormerMembers",
  },
  {
    name: "who knows of a removal may acknowledge what it has not taken",
    file: "FormerMembers",
    from: "exists m, In m (took g (sender e)) /\\ sender m = fst a",
    to: "exists m, sent g m /\\ sender m = fst a",
    stops: "FormerMembers",
  },
  {
    name: "a message awaits its sender's view only",
    file: "Acknowledgements",
    from: "(member_view t (sender u) (seqno u) ++ brought_in t u).",
    to: "(member_view t (sender u) (seqno u)).",
    stops: "Acknowledgements",
  },
  {
    name: "an add puts its member on no list",
    file: "Acknowledgements",
    from: "then y :: l else l",
    to: "then l else l",
    stops: "Acknowledgements",
  },
  {
    name: "an add puts its member on every list",
    file: "Acknowledgements",
    from: "| Add y => if existsb (N.eqb (sender o)) l then y :: l else l",
    to: "| Add y => y :: l",
    stops: "Acknowledgements",
  },
  {
    name: "an acknowledgement takes its sender from the lists of all messages of the member that it names",
    file: "Acknowledgements",
    from: "if N.eqb s (sender u) && counts_for (seqno u) q then",
    to: "if N.eqb s (sender u) then",
    stops: "Acknowledgements",
  },
  {
    name: "the first message of a member may acknowledge anything",
    file: "Acknowledgements",
    from: "acks o c = true /\\ brings_in c (sender o)).",
    to: "acks o c = true).",
    stops: "Acknowledgements",
  },
  {
    name: "a member that is removed leaves all lists",
    file: "Acknowledgements",
    from: "| Add y => if existsb (N.eqb (sender o)) l then y :: l else l | _ => l",
    to: "| Add y => if existsb (N.eqb (sender o)) l then y :: l else l | Remove v => filter (fun p => negb (N.eqb p v)) l | _ => l",
    stops: "Acknowledgements",
  },
  {
    name: "a member takes changes and does not acknowledge them",
    file: "Acknowledgements",
    from: "sender o <> p -> is_change o = false -> valid (o :: t)",
    to: "sender o <> p -> is_create o = false -> valid (o :: t)",
    stops: "Acknowledgements",
  },
  {
    name: "acknowledgements of removals are not recorded",
    file: "Recorded",
    from: "Ack s q => negb (updates s q)",
    to: "Ack s q => false",
    stops: "Recorded",
  },
  {
    name: "a member secret is forwarded to nobody",
    file: "UpdateSecrets",
    from: "if view X n Y && negb (view u q Y) then kept s X u q X else None",
    to: "None",
    stops: "UpdateSecrets",
  },
  {
    name: "an add-ack brings no ratchet",
    file: "UpdateSecrets",
    from: "AddMessage y => if same y Y && view X n Y then Some (rat s X X) else None",
    to: "AddMessage y => None",
    stops: "UpdateSecrets",
  },
  {
    name: "a secret is taken from a sender who does not have us as a member",
    file: "UpdateSecrets",
    from: "| AddAckMessage _ _ => if view X n P then [AddText] else []",
    to: "| AddAckMessage _ _ => [AddText]",
    stops: "UpdateSecrets",
  },
  {
    name: "an addition feeds the ratchet once",
    file: "UpdateSecrets",
    from: "if view X n P then [WelcomeText; AddText] else []",
    to: "if view X n P then [AddText] else []",
    stops: "UpdateSecrets",
  },
  {
    name: "a member secret is kept for those only who are no recipients",
    file: "UpdateSecrets",
    from: "if recipient X n y then Some (MemberSecret x X n y) else None",
    to: "if view X n y then None else Some (MemberSecret x X n y)",
    stops: "UpdateSecrets",
  },
]
