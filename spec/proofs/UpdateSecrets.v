(** The chapter "key-agreement": all who process the same messages derive the same update secrets,
    with concurrent additions, removals and updates.

    Secrets are terms: whoever has computed the same term has the same bytes. Modelled are the steps that feed ratchets:
    take-seed, take-addition, acknowledge, process-seed, process-ack, process-add, process-add-ack and process-welcome,
    with what their direct messages carry. Members send and process at any moment and in any order that causal broadcast
    lets through. Nobody has to process anything: who withholds a message of a former member, or has been removed, is
    one who does not. All are honest here. What each message is, and who is in its sender's view, is given: any that
    keep the rules below. The last part shows that the views of the chapter "group-membership" keep them.
    Not modelled: the channel (TwoPartyMessaging.v), commitments, cuts and confirmations, which only make receivers
    refuse what honest members do not send; and who can compute a secret: nothing is said of secrecy. *)
From Coq Require Import List Arith NArith Bool Lia.
From Conclave Require Import GroupMembership MembershipMembers KeyAgreement.
Import ListNotations.

Inductive term :=
| Zero                                        (* the state of a ratchet before its first step *)
| Seed (s : user) (q : nat)                   (* the seed of the message [q] of [s] *)
| MemberSecret (seed : term) (s : user) (q : nat) (x : user)
| WelcomeText | AddText
| Next (state input : term)                   (* the next state of a ratchet *)
| Update (state input : term).                (* the update secret of that step *)

(** What a control message is, as far as ratchets go. *)
Inductive content :=
| SeedMessage                                 (* create, update or remove *)
| AddMessage (added : user)
| AckMessage (s : user) (q : nat)
| AddAckMessage (s : user) (q : nat).

Definition same (a b : user) : bool := N.eqb a b.

(** The state after some inputs, and the update secret of the last one. *)
Fixpoint ratchet (state : term) (inputs : list term) : term * option term :=
  match inputs with
  | [] => (state, None)
  | i :: r => match r with [] => (Next state i, Some (Update state i)) | _ => ratchet (Next state i) r end
  end.

Section Agreement.
  (** What the message [n] of [X] is, and whether somebody is in the view of [X] as of it. *)
  Variable message : user -> nat -> content.
  Variable view : user -> nat -> user -> bool.

  (** Who has a member secret of a message: the recipients of a seed, and the added member. *)
  Definition recipient (s : user) (q : nat) (y : user) : bool :=
    match message s q with
    | SeedMessage => view s q y && negb (same y s)
    | AddMessage z => same y z
    | _ => false
    end.

  (** The rules: nobody comes into a view but by its addition, or by the answer to it;
      nobody acknowledges one message twice; the added member is in its adder's view. *)
  Definition newly_in := forall X n P, 1 <= n -> P <> X -> view X n P = false -> view X (S n) P = true ->
    message X (S n) = AddMessage P \/ exists s q, message X (S n) = AddAckMessage s q /\ message s q = AddMessage P.
  Definition ack_once := forall X m n s q, message X m = AckMessage s q -> message X n = AckMessage s q -> m = n.
  Definition added_in := forall s q y, message s q = AddMessage y -> view s q y = true.
  Hypothesis Newly_in : newly_in.
  Hypothesis Ack_once : ack_once.
  Hypothesis Added_in : added_in.

  (** ** What members do *)

  Record system := System {
    rat : user -> user -> term;                           (* by member: its copy of another's ratchet, and its own *)
    kept : user -> user -> nat -> user -> option term;
      (* by member: the member secrets kept, by message and member *)
    cnt : user -> user -> nat;                            (* by member: the number of the last message seen of
      another, or sent *)
    net : user -> nat -> user -> option term;             (* the direct message of a control message for a member *)
    sec : user -> user -> nat -> option term }.           (* by member: the update secret that a message gave it *)

  (** The direct message of a new message of [X] for [Y]. *)
  Definition direct (s : system) (X : user) (n : nat) (Y : user) : option term :=
    match message X n with
    | SeedMessage => if view X n Y then Some (Seed X n) else None
    | AddMessage y => if same y Y then Some (rat s X X) else None
    | AckMessage u q => if view X n Y && negb (view u q Y) then kept s X u q X else None
    | AddAckMessage u q => match message u q with
                           | AddMessage y => if same y Y && view X n Y then Some (rat s X X) else None
                           | _ => None
                           end
    end.

  (** The state that a member feeds: with an add-ack may come the sender's ratchet. *)
  Definition base_of (r : term) (X : user) (n : nat) (d : option term) : term :=
    match message X n, d with AddAckMessage _ _, Some x => x | _, _ => r end.
  (** What [P] feeds to the ratchet of [X] for the message [n] of [X],
      by the secrets that it keeps and its direct message. *)
  Definition inputs_of (P : user) (k : user -> nat -> user ->
    option term) (X : user) (n : nat) (d : option term) : list term :=
    match message X n with
    | SeedMessage => match d with Some x => [MemberSecret x X n X] | None => [] end
    | AddMessage _ => if view X n P then [WelcomeText; AddText] else []
    | AckMessage u q => if view X n P then match k u q X with Some i => [i] | None => match d with Some i => [i] |
      None => [] end end else []
    | AddAckMessage _ _ => if view X n P then [AddText] else []
    end.
  Definition kept_after (P : user) (k : user -> nat -> user ->
    option term) (r : term) (X : user) (n : nat) (d : option term) : user -> nat -> user -> option term :=
    fun u q y =>
      if same u X && Nat.eqb q n then
        match message X n with
        | SeedMessage => match d with Some x => if recipient X n y then Some (MemberSecret x X n y) else None | None
          => None end
        | AddMessage z => if view X n P && same y z then Some (Update r WelcomeText) else None
        | _ => None
        end
      else match message X n with
           | AckMessage u' q' => if view X n P && same u u' && Nat.eqb q q' && same y X then None else k u q y
           | _ => k u q y
           end.

  Definition at2 {A} (f : user -> user -> A) (a b : user) (v : A) : user -> user ->
    A := fun x y => if same x a && same y b then v else f x y.
  Definition at1 {A} (f : user -> A) (a : user) (v : A) : user -> A := fun x => if same x a then v else f x.

  (** [P] takes the message [n] of [X] with the direct message [d]: another's, or its own. *)
  Definition takes (s : system) (P X : user) (n : nat) (d : option term) : system :=
    let r := base_of (rat s P X) X n d in
    let res := ratchet r (inputs_of P (kept s P) X n d) in
    System (at2 (rat s) P X (fst res)) (at1 (kept s) P (kept_after P (kept s P) r X n d)) (at2 (cnt s) P X n) (net s)
           (at2 (sec s) P X (fun m => if Nat.eqb m n then snd res else sec s P X m)).

  (** Its own seed is all that a sender needs. *)
  Definition own_direct (X : user) (n : nat) : option term := match message X n with SeedMessage => Some (Seed X n) |
    _ => None end.
  Definition sends (s : system) (X : user) (n : nat) : system :=
    let s' := takes s X X n (own_direct X n) in
    System (rat s') (kept s') (cnt s') (fun Y m => if same Y X && Nat.eqb m n then direct s X n else net s Y m) (sec
      s').

  (** A new member, before it processes its addition: it has its adder's ratchet, and counts what its adder has seen. *)
  Definition welcomed (s : system) (P X : user) (r : term) (counts : user -> nat) : system :=
    System (at1 (rat s) P (fun Y => if same Y X then r else Zero)) (at1 (kept s) P (fun _ _ _ => None)) (at1 (cnt s)
      P counts) (net s) (at1 (sec s) P (fun _ _ => None)).

  Inductive step : system -> system -> Prop :=
  | Sends s X n : n = S (cnt s X X) -> view X n X = true ->
      (forall u q, message X n = AckMessage u q -> 1 <= q <= cnt s X u) ->
      step s (sends s X n)
  | Processes s P X n : P <> X -> n = S (cnt s P X) -> n <= cnt s X X -> message X n <> AddMessage P ->
      (forall u q, message X n = AckMessage u q -> 1 <= q <= cnt s P u) ->
      step s (takes s P X n (net s X n P))
  | Joins s P X n r counts : P <> X -> 1 <= n <= cnt s X X -> message X n = AddMessage P -> net s X n P = Some r ->
    cnt s P P = 0 ->
      counts P = 0 -> S (counts X) = n -> (forall Y, counts Y <= cnt s Y Y) ->
      (forall Y q, 1 <= q <= counts Y -> view Y q P = false) ->
      step s (takes (welcomed s P X r counts) P X n None).

  Inductive reachable : system -> Prop :=
  | starts : reachable (System (fun _ _ => Zero) (fun _ _ _ _ => None) (fun _ _ => 0) (fun _ _ _ => None) (fun _ _ _
    => None))
  | continues s s' : reachable s -> step s s' -> reachable s'.

  (** ** What ratchets are, without who computes them *)

  (** [Own X n t o]: after its [n] messages the ratchet of [X] is [t],
      and the last of them gave the update secret [o]. *)
  Inductive Own : user -> nat -> term -> option term -> Prop :=
  | Own_0 X : Own X 0 Zero None
  | Own_S X n t o l : Own X n t o -> Inputs X (S n) l -> Own X (S n) (fst (ratchet t l)) (snd (ratchet t l))
  with Inputs : user -> nat -> list term -> Prop :=
  | In_seed X n : message X n = SeedMessage -> Inputs X n [MemberSecret (Seed X n) X n X]
  | In_add X n y : message X n = AddMessage y -> Inputs X n [WelcomeText; AddText]
  | In_ack X n u q k : message X n = AckMessage u q -> recipient u q X = true -> Secret u q X k -> Inputs X n [k]
  | In_ack_none X n u q : message X n = AckMessage u q -> recipient u q X = false -> Inputs X n []
  | In_add_ack X n u q : message X n = AddAckMessage u q -> Inputs X n [AddText]
  with Secret : user -> nat -> user -> term -> Prop :=
  | Secret_seed u q y : message u q = SeedMessage -> Secret u q y (MemberSecret (Seed u q) u q y)
  | Secret_add u q y z t o : message u (S q) = AddMessage z -> Own u q t o -> Secret u (S q) y (Update t WelcomeText).

  Scheme Own_mind := Induction for Own Sort Prop
  with Inputs_mind := Induction for Inputs Sort Prop
  with Secret_mind := Induction for Secret Sort Prop.

  Lemma Own_unique X n t o : Own X n t o -> forall t' o', Own X n t' o' -> t = t' /\ o = o'.
  Proof.
    revert X n t o; apply (Own_mind (fun X n t o _ => forall t' o', Own X n t' o' -> t = t' /\ o = o')
                                    (fun X n l _ => forall l', Inputs X n l' -> l = l')
                                    (fun u q y k _ => forall k', Secret u q y k' -> k = k')).
    - intros X t' o' H; inversion H; auto.
    - intros X n t o l O IH I IHl t' o' H; inversion H as [|? ? t1 o1 l1 O1 I1]; subst;
      destruct (IH _ _ O1) as [<- _]; rewrite <- (IHl _ I1); auto.
    - intros X n E l' H; inversion H; subst; congruence.
    - intros X n y E l' H; inversion H; subst; congruence.
    - intros X n u q k E R S IH l' H; inversion H as [? ? E'|? ? ? E'|? ? u' q' k' E' R' S'|? ? u' q' E' R'|? ? ? ?
      E']; subst; try congruence.
      rewrite E in E'; injection E' as <- <-; f_equal; now apply IH.
    - intros X n u q E R l' H; inversion H as [? ? E'|? ? ? E'|? ? u' q' k' E' R' S'|? ? u' q' E' R'|? ? ? ? E'];
      subst; try congruence.
    - intros X n u q E l' H; inversion H; subst; congruence.
    - intros u q y E k' H; inversion H; subst; congruence.
    - intros u q y z t o E O IH k' H; inversion H as [|? ? ? ? t' o' E' O']; subst; [congruence|];
      destruct (IH _ _ O') as [<- _]; auto.
  Qed.

  (** What the direct message of a message that was sent is. *)
  Definition rightly (X : user) (n : nat) (P : user) (d : option term) : Prop :=
    match message X n with
    | SeedMessage => d = if view X n P then Some (Seed X n) else None
    | AddMessage y => y = P -> exists r o, d = Some r /\ Own X (pred n) r o
    | AckMessage u q => if view X n P && negb (view u q P) && recipient u q X then exists k, d = Some k /\
      Secret u q X k else d = None
    | AddAckMessage u q => (view X n P = true -> message u q = AddMessage P -> d <> None) /\ (forall r, d = Some r ->
      exists o, Own X (pred n) r o)
    end.

  Record inv (s : system) : Prop := Inv {
    i_own : forall X, exists o, Own X (cnt s X X) (rat s X X) o;
    i_cnt : forall P X, cnt s P X <= cnt s X X;
    i_zero : forall P X, cnt s P X = 0 -> rat s P X = Zero;
    i_rat : forall P X, 1 <= cnt s P X -> view X (cnt s P X) P = true -> exists o, Own X (cnt s P X) (rat s P X) o;
    i_sec : forall P X n, 1 <= n <= cnt s P X ->
      if view X n P then exists t, Own X n t (sec s P X n) else sec s P X n = None;
    i_kept : forall P u q y k, kept s P u q y = Some k ->
      recipient u q y = true /\ Secret u q y k /\ 1 <= q <= cnt s P u;
    i_there : forall P u q y, 1 <= q <= cnt s P u -> view u q P = true -> recipient u q y = true ->
      (forall n, 1 <= n <= cnt s P y -> message y n <> AckMessage u q) -> kept s P u q y <> None;
    i_net : forall X n P, 1 <= n <= cnt s X X -> P <> X -> rightly X n P (net s X n P) }.

  Lemma same_refl a : same a a = true.
  Proof. apply N.eqb_refl. Qed.
  Lemma same_iff a b : same a b = true <-> a = b.
  Proof. apply N.eqb_eq. Qed.
  Lemma differ a b : a <> b -> same a b = false.
  Proof. apply N.eqb_neq. Qed.
  Lemma at1_same {A} (f : user -> A) a v : at1 f a v a = v.
  Proof. unfold at1; now rewrite same_refl. Qed.
  Lemma at1_other {A} (f : user -> A) a v x : x <> a -> at1 f a v x = f x.
  Proof. intros N; unfold at1; now rewrite differ. Qed.
  Lemma at2_same {A} (f : user -> user -> A) a b v : at2 f a b v a b = v.
  Proof. unfold at2; now rewrite !same_refl. Qed.
  Lemma at2_other {A} (f : user -> user -> A) a b v x y : x <> a \/ y <> b -> at2 f a b v x y = f x y.
  Proof. unfold at2; destruct (same x a) eqn:E1, (same y b) eqn:E2; auto; apply same_iff in E1, E2; tauto. Qed.
  Lemma pair_dec (P X Q Y : user) : (Q = P /\ Y = X) \/ (Q <> P \/ Y <> X).
  Proof. destruct (N.eq_dec Q P), (N.eq_dec Y X); tauto. Qed.

  (** One message more is taken as it should be, when the state that is fed and the inputs are right. *)
  Section Taken.
    Variables (s : system) (P X : user) (n : nat) (d : option term).
    Hypothesis I : inv s.
    Hypothesis Number : n = S (cnt s P X).
    Hypothesis Sent : n <= cnt s X X \/ (P = X /\ view X n X = true).
    Hypothesis Right_inputs : if view X n P then Inputs X n (inputs_of P (kept s P) X n d) else inputs_of P (kept s
      P) X n d = [].
    Hypothesis Right_base : view X n P = true -> exists o, Own X (cnt s P X) (base_of (rat s P X) X n d) o.
    Hypothesis Right_seed : message X n = SeedMessage -> d = if view X n P then Some (Seed X n) else None.
    Let s' := takes s P X n d.

    Lemma cnt_taken : cnt s' P X = n.
    Proof. apply at2_same. Qed.
    Lemma cnt_grows Q Y : cnt s Q Y <= cnt s' Q Y.
    Proof. destruct (pair_dec P X Q Y) as [[-> ->]|N]; [rewrite cnt_taken; lia|]; unfold s'; simpl;
      now rewrite at2_other. Qed.
    Lemma cnt_other Q Y : Q <> P \/ Y <> X -> cnt s' Q Y = cnt s Q Y.
    Proof. apply at2_other. Qed.

    Lemma own_count : P = X -> cnt s' X X = n.
    Proof. intros E; rewrite <- E at 1; apply cnt_taken. Qed.

    Lemma own_taken : view X n P = true -> Own X n (rat s' P X) (snd (ratchet (base_of (rat s P X) X n d) (inputs_of
      P (kept s P) X n d))).
    Proof.
      intros V; rewrite V in Right_inputs; destruct (Right_base V) as [o O]; unfold s'; simpl; rewrite at2_same.
      rewrite Number in *; eapply Own_S; eauto.
    Qed.

    Lemma kept_taken u q y k : kept s' P u q y = Some k ->
      recipient u q y = true /\ Secret u q y k /\ 1 <= q <= cnt s' P u.
    Proof.
      unfold s'; cbn [kept takes]; rewrite at1_same; unfold kept_after.
      destruct (same u X && Nat.eqb q n) eqn:E.
      - apply andb_true_iff in E; destruct E as [E1 E2]; apply same_iff in E1; apply Nat.eqb_eq in E2; subst u q.
        pose proof cnt_taken as C; unfold s' in C; rewrite C.
        destruct (message X n) as [|z| |] eqn:M; try discriminate.
        + specialize (Right_seed eq_refl); destruct (view X n P); subst d; try discriminate.
          destruct (recipient X n y) eqn:R; [|discriminate]; intros H; injection H as <-; repeat split; auto;
            [now constructor|lia].
        + destruct (view X n P) eqn:V; simpl; [|discriminate]; destruct (same y z) eqn:Z; [|discriminate]; intros H;
          injection H as <-.
          repeat split; auto; [unfold recipient; now rewrite M| |lia].
          destruct (Right_base eq_refl) as [o O]; rewrite Number in *; econstructor; eauto.
      - intros H; assert (K : kept s P u q y = Some k).
        { destruct (message X n); auto; destruct (view X n P && same u s0 && Nat.eqb q q0 && same y X); auto;
          discriminate. }
        destruct (i_kept s I P u q y k K) as [R [S B]]; repeat split; auto; try lia; pose proof (cnt_grows P u) as G;
          unfold s' in G; lia.
    Qed.

    Lemma there_taken u q y : 1 <= q <= cnt s' P u -> view u q P = true -> recipient u q y = true ->
      (forall m, 1 <= m <= cnt s' P y -> message y m <> AckMessage u q) -> kept s' P u q y <> None.
    Proof.
      intros B V R A; unfold s'; cbn [kept takes]; rewrite at1_same; unfold kept_after.
      destruct (same u X && Nat.eqb q n) eqn:E.
      - apply andb_true_iff in E; destruct E as [E1 E2]; apply same_iff in E1; apply Nat.eqb_eq in E2; subst u q.
        pose proof R as R'; unfold recipient in R'; destruct (message X n) as [|z| |] eqn:M; try discriminate.
        + specialize (Right_seed eq_refl); rewrite V in Right_seed; subst d; rewrite R; discriminate.
        + rewrite V, R'; simpl; discriminate.
      - assert (B' : 1 <= q <= cnt s P u).
        { destruct (N.eq_dec u X) as [->|N]; [|rewrite cnt_other in B; auto].
          rewrite cnt_taken in B; rewrite same_refl in E; simpl in E; apply Nat.eqb_neq in E; lia. }
        assert (K : kept s P u q y <> None).
        { apply (i_there s I); auto; intros m L; apply A; pose proof (cnt_grows P y); lia. }
        destruct (message X n) as [| |u' q'|] eqn:M; auto.
        destruct (view X n P && same u u' && Nat.eqb q q' && same y X) eqn:D; auto; exfalso.
        apply andb_true_iff in D; destruct D as [D D4]; apply andb_true_iff in D; destruct D as [D D3];
          apply andb_true_iff in D; destruct D as [_ D2].
        apply same_iff in D2, D4; apply Nat.eqb_eq in D3; subst u y q.
        apply (A n); [rewrite cnt_taken, Number; lia|auto].
    Qed.

    Lemma inv_taken nt : (forall Y m Q, 1 <= m <= cnt s' Y Y -> Q <> Y -> rightly Y m Q (nt Y m Q)) ->
      inv (System (rat s') (kept s') (cnt s') nt (sec s')).
    Proof.
      intros Nt; constructor; cbn [rat kept cnt net sec]; auto.
      - intros Y; destruct (pair_dec P X Y Y) as [[E1 E2]|N].
        + assert (E : P = X) by congruence.
          destruct Sent as [L|[_ V]]; [rewrite Number, E in L; lia|]; rewrite <- E in V at 2.
          rewrite E2, (own_count E); replace (rat s' X X) with (rat s' P X) by (now rewrite E); eexists;
            now apply own_taken.
        + rewrite cnt_other; auto; unfold s'; simpl; rewrite at2_other; auto; apply (i_own s I).
      - intros Q Y; destruct (pair_dec P X Q Y) as [[-> ->]|N].
        + rewrite cnt_taken; destruct Sent as [L|[E _]]; [pose proof (cnt_grows X X); lia|]; rewrite (own_count E); lia.
        + rewrite cnt_other; auto; pose proof (i_cnt s I Q Y); pose proof (cnt_grows Y Y); lia.
      - intros Q Y E; destruct (pair_dec P X Q Y) as [[-> ->]|N]; [rewrite cnt_taken in E; lia|].
        rewrite cnt_other in E; auto; unfold s'; simpl; rewrite at2_other; auto; now apply (i_zero s I).
      - intros Q Y L V; destruct (pair_dec P X Q Y) as [[-> ->]|N].
        + rewrite cnt_taken in *; eexists; now apply own_taken.
        + rewrite cnt_other in *; auto; unfold s'; simpl; rewrite at2_other; auto; now apply (i_rat s I).
      - intros Q Y m L; destruct (pair_dec P X Q Y) as [[-> ->]|N].
        + rewrite cnt_taken in L; unfold s'; simpl; rewrite at2_same; destruct (Nat.eqb_spec m n) as [->|Nm].
          * pose proof own_taken as O; pose proof Right_inputs as E; clear Right_base; destruct (view X n P);
            [eexists; now apply O|]; now rewrite E.
          * apply (i_sec s I); lia.
        + rewrite cnt_other in L; auto; unfold s'; simpl; rewrite at2_other; auto; now apply (i_sec s I).
      - intros Q u q y k K; destruct (N.eq_dec Q P) as [->|N]; [now apply kept_taken|].
        unfold s' in K; simpl in K; rewrite at1_other in K; auto; destruct (i_kept s I Q u q y k K) as [R [S B]].
        repeat split; auto; try lia; rewrite cnt_other; auto; lia.
      - intros Q u q y B V R A; destruct (N.eq_dec Q P) as [->|N]; [now apply there_taken|].
        unfold s'; simpl; rewrite at1_other; auto; rewrite cnt_other in B; auto; apply (i_there s I); auto.
        intros m L; apply A; rewrite cnt_other; auto.
    Qed.
  End Taken.
  (** ** The three things that happen *)

  (** Whoever acknowledges a message of which it has a secret has kept that secret. *)
  Lemma own_secret s X n u q : inv s -> n = S (cnt s X X) -> message X n = AckMessage u q -> 1 <= q <= cnt s X u ->
    if recipient u q X then exists k, kept s X u q X = Some k /\ Secret u q X k else kept s X u q X = None.
  Proof.
    intros I N M B; destruct (kept s X u q X) as [k|] eqn:K.
    - destruct (i_kept s I X u q X k K) as [R [S _]]; rewrite R; eauto.
    - destruct (recipient u q X) eqn:R; auto; exfalso; apply (i_there s I X u q X); auto.
      + unfold recipient in R; destruct (message u q) as [|z| |] eqn:Mq; try discriminate;
        [now apply andb_true_iff in R|].
        apply same_iff in R; subst z; now apply Added_in.
      + intros m L E; pose proof (Ack_once X m n u q E M); lia.
  Qed.

  Lemma inv_sends s X n : inv s -> n = S (cnt s X X) -> view X n X = true ->
    (forall u q, message X n = AckMessage u q -> 1 <= q <= cnt s X u) -> inv (sends s X n).
  Proof.
    intros I N V A; unfold sends; apply inv_taken; auto.
    - rewrite V; unfold inputs_of, own_direct; destruct (message X n) as [|y|u q|u q] eqn:M; try rewrite V.
      + now apply In_seed.
      + now apply In_add with y.
      + pose proof (own_secret s X n u q I N M (A u q eq_refl)) as O; destruct (recipient u q X) eqn:R.
        * destruct O as [k [-> S]]; now apply In_ack with u q.
        * rewrite O; now apply In_ack_none with u q.
      + now apply In_add_ack with u q.
    - intros _; unfold base_of, own_direct; destruct (i_own s I X) as [o O]; exists o; destruct (message X n); auto.
    - intros M; unfold own_direct; now rewrite M, V.
    - intros Y m Q L NQ; destruct (same Y X && Nat.eqb m n) eqn:E.
      + apply andb_true_iff in E; destruct E as [E1 E2]; apply same_iff in E1; apply Nat.eqb_eq in E2; subst Y m.
        destruct (i_own s I X) as [o O]; replace (cnt s X X) with (pred n) in O by lia.
        unfold rightly, direct; destruct (message X n) as [|y|u q|u q] eqn:M; auto.
        * intros ->; rewrite same_refl; eauto.
        * pose proof (own_secret s X n u q I N M (A u q eq_refl)) as S.
          destruct (view X n Q && negb (view u q Q)); simpl; [|auto]; destruct (recipient u q X); auto.
        * destruct (message u q) as [|y| |] eqn:Mq; split; try discriminate.
          -- intros VQ E; injection E as ->; rewrite same_refl, VQ; discriminate.
          -- intros r; destruct (same y Q && view X n Q); [|discriminate]; intros E; injection E as <-; eauto.
      + unfold takes in *; cbn [net]; apply (i_net s I); auto; simpl in L.
        destruct (N.eq_dec Y X) as [->|NY]; [|rewrite at2_other in L; auto].
        rewrite at2_same in L; rewrite same_refl in E; simpl in E; apply Nat.eqb_neq in E; lia.
  Qed.

  Lemma inv_processes s P X n : inv s -> P <> X -> n = S (cnt s P X) -> n <= cnt s X X -> message X n <> AddMessage P ->
    (forall u q, message X n = AckMessage u q -> 1 <= q <= cnt s P u) -> inv (takes s P X n (net s X n P)).
  Proof.
    intros I Ne N Sent NotOurs A; pose proof (i_net s I X n P ltac:(lia) Ne) as R; set (d := net s X n P) in *.
    pose proof (inv_taken s P X n d I N (or_introl Sent)) as T; set (s' := takes s P X n d) in *.
    assert (G : inv (System (rat s') (kept s') (cnt s') (net s') (sec s'))); [|exact G].
    apply T.
    - unfold inputs_of, rightly in *; destruct (message X n) as [|y|u q|u q] eqn:M.
      + destruct (view X n P); rewrite R; auto; now apply In_seed.
      + destruct (view X n P); auto; now apply In_add with y.
      + destruct (view X n P) eqn:V; auto; simpl in R.
        destruct (kept s P u q X) as [x|] eqn:K.
        * destruct (i_kept s I P u q X x K) as [Rc [S _]]; now apply In_ack with u q.
        * destruct (recipient u q X) eqn:Rc.
          -- destruct (view u q P) eqn:Vq; simpl in R.
             ++ exfalso; apply (i_there s I P u q X); auto; intros m L E; pose proof (Ack_once X m n u q E M); lia.
             ++ destruct R as [x [-> S]]; now apply In_ack with u q.
          -- rewrite andb_false_r in R; rewrite R; now apply In_ack_none with u q.
      + destruct (view X n P); auto; now apply In_add_ack with u q.
    - intros V; unfold rightly in R; unfold base_of.
      assert (Before : forall Q : Prop, (view X (S (cnt s P X)) P = true -> Q) -> Q) by (intros Q H; apply H;
        now rewrite <- N).
      assert (Old : (cnt s P X = 0 \/ view X (cnt s P X) P = true) -> exists o, Own X (cnt s P X) (rat s P X) o).
      { intros [Z|W]; [rewrite Z, (i_zero s I P X Z); eexists; constructor|].
        destruct (Nat.eq_dec (cnt s P X) 0) as [Z|Z]; [rewrite Z, (i_zero s I P X Z); eexists;
          constructor|apply (i_rat s I); auto; lia]. }
      assert (New : (cnt s P X = 0 \/ view X (cnt s P X) P = true) \/ exists u q, message X n = AddAckMessage u q /\
        message u q = AddMessage P).
      { destruct (Nat.eq_dec (cnt s P X) 0) as [Z|Z]; auto; destruct (view X (cnt s P X) P) eqn:W; auto; right.
        rewrite N in V; destruct (Newly_in X (cnt s P X) P) as [E|E]; auto; [lia|exfalso; apply NotOurs;
          now rewrite N|now rewrite N]. }
      destruct (message X n) as [|y|u q|u q] eqn:M; try (apply Old; destruct New as [O|[u' [q' [E _]]]];
        [auto|discriminate]).
      destruct R as [R1 R2]; destruct d as [x|] eqn:D.
      + destruct (R2 x eq_refl) as [o O]; exists o; now rewrite N in O.
      + destruct New as [O|[u' [q' [E Eq]]]]; auto; injection E as -> ->; exfalso; now apply R1.
    - intros M; unfold rightly in R; now rewrite M in R.
    - intros Y m Q L NQ; unfold s', takes; cbn [net]; apply (i_net s I); auto.
      unfold s', takes in L; simpl in L; rewrite at2_other in L; auto; destruct (N.eq_dec Y P) as [->|]; auto.
  Qed.

  Lemma inv_joins s P X n r counts : inv s -> P <> X -> 1 <= n <= cnt s X X -> message X n = AddMessage P ->
    net s X n P = Some r ->
    cnt s P P = 0 -> counts P = 0 -> S (counts X) = n -> (forall Y, counts Y <= cnt s Y Y) ->
    (forall Y q, 1 <= q <= counts Y -> view Y q P = false) -> inv (takes (welcomed s P X r counts) P X n None).
  Proof.
    intros I Ne Sent M D Zero_ Zc Nx Le Nobody.
    pose proof (i_net s I X n P Sent Ne) as R; unfold rightly in R; rewrite M, D in R;
      destruct (R eq_refl) as [r' [o [E O]]]; injection E as <-.
    set (w := welcomed s P X r counts).
    assert (Cp : forall Y, cnt w P Y = counts Y) by (intros Y; unfold w; simpl; now rewrite at1_same).
    assert (Co : forall Q Y, Q <> P -> cnt w Q Y = cnt s Q Y) by (intros Q Y NQ; unfold w; simpl;
      now rewrite at1_other).
    assert (Self : forall Y, cnt w Y Y = cnt s Y Y) by (intros Y; destruct (N.eq_dec Y P) as [->|NY]; [rewrite Cp;
      congruence|auto]).
    assert (Rp : forall Y, rat w P Y = if same Y X then r else Zero) by (intros Y; unfold w; simpl;
      now rewrite at1_same).
    assert (Ro : forall Q Y, Q <> P -> rat w Q Y = rat s Q Y) by (intros Q Y NQ; unfold w; simpl;
      now rewrite at1_other).
    replace (pred n) with (counts X) in O by lia.
    assert (Iw : inv w).
    { constructor.
      - intros Y; rewrite Self; destruct (N.eq_dec Y P) as [->|NY]; [|rewrite Ro; auto; apply (i_own s I)].
        rewrite Rp, Zero_, differ; auto; eexists; constructor.
      - intros Q Y; rewrite Self; destruct (N.eq_dec Q P) as [->|NQ]; [rewrite Cp; auto|rewrite Co; auto;
        apply (i_cnt s I)].
      - intros Q Y Z; destruct (N.eq_dec Q P) as [->|NQ]; [|rewrite Co in Z; auto; rewrite Ro; auto;
        now apply (i_zero s I)].
        rewrite Cp in Z; rewrite Rp; destruct (same Y X) eqn:S; auto; apply same_iff in S; subst Y; rewrite Z in O;
          now inversion O.
      - intros Q Y L V; destruct (N.eq_dec Q P) as [->|NQ]; [|rewrite Co in *; auto; rewrite Ro; auto;
        now apply (i_rat s I)].
        rewrite Cp in *; rewrite Nobody in V; [discriminate|lia].
      - intros Q Y m L; unfold w; simpl; destruct (N.eq_dec Q P) as [->|NQ].
        + rewrite Cp in L; rewrite (Nobody Y m L), at1_same; auto.
        + rewrite Co in L; auto; rewrite at1_other; auto; now apply (i_sec s I).
      - intros Q u q y k; change (kept w Q) with (at1 (kept s) P (fun _ _ _ => None) Q);
        destruct (N.eq_dec Q P) as [->|NQ]; [rewrite at1_same; discriminate|].
        intros K; rewrite at1_other in K; auto; rewrite Co; auto; now apply (i_kept s I).
      - intros Q u q y B V Rc A; destruct (N.eq_dec Q P) as [->|NQ]; [rewrite Cp in B; rewrite (Nobody u q B) in V;
        discriminate|].
        rewrite Co in B; auto; change (kept w Q) with (at1 (kept s) P (fun _ _ _ => None) Q); rewrite at1_other;
          auto; apply (i_there s I); auto; intros m L; apply A; rewrite Co; auto.
      - intros Y m Q L NQ; rewrite Self in L; apply (i_net s I); auto. }
    assert (V : view X n P = true) by now apply Added_in.
    assert (N : n = S (cnt w P X)) by (rewrite Cp; auto).
    assert (Sw : n <= cnt w X X) by (rewrite Self; lia).
    pose proof (inv_taken w P X n None Iw N (or_introl Sw)) as T.
    assert (G : inv (System (rat (takes w P X n None)) (kept (takes w P X n None)) (cnt (takes w P X n None)) (net
      (takes w P X n None)) (sec (takes w P X n None)))); [|exact G].
    apply T.
    - unfold inputs_of; rewrite M, V; now apply In_add with P.
    - intros _; unfold base_of; rewrite M, Cp, Rp, same_refl; eauto.
    - congruence.
    - intros Y m Q L NQ; unfold takes; cbn [net]; apply (i_net w Iw); auto.
      unfold takes in L; simpl in L; rewrite at2_other in L; auto; destruct (N.eq_dec Y P) as [->|]; auto.
  Qed.

  Lemma always s : reachable s -> inv s.
  Proof.
    induction 1 as [|s s' R I St].
    - constructor; simpl; auto; try lia; try discriminate; intros; eexists; constructor.
    - destruct St; [now apply inv_sends|now apply inv_processes|now apply inv_joins].
  Qed.

  (** ** The theorems *)

  (** [key-agreement.forward] Who is in the sender's view as of the last message of it that it has processed
      has the same copy of the sender's ratchet as the sender itself had as of that message;
      there is one such ratchet (Own_unique). *)
  Theorem same_ratchet s P X : reachable s -> 1 <= cnt s P X -> view X (cnt s P X) P = true ->
    exists o, Own X (cnt s P X) (rat s P X) o.
  Proof. intros R; apply (i_rat s (always s R)). Qed.

  (** [key-agreement.forward] All who process a message and are in its sender's view derive the same update secret,
      or all of them none. *)
  Theorem same_secrets s P Q X n : reachable s -> 1 <= n <= cnt s P X -> n <= cnt s Q X -> view X n P = true ->
    view X n Q = true ->
    sec s P X n = sec s Q X n.
  Proof.
    intros R Lp Lq Vp Vq; pose proof (always s R) as I.
    pose proof (i_sec s I P X n Lp) as Sp; pose proof (i_sec s I Q X n ltac:(lia)) as Sq; rewrite Vp in Sp;
      rewrite Vq in Sq.
    destruct Sp as [t Op], Sq as [t' Oq]; now destruct (Own_unique _ _ _ _ Op _ _ Oq).
  Qed.

  (** [key-agreement.forward] And they derive the one that the sender itself has. *)
  Theorem secret_of_sender s P X n : reachable s -> 1 <= n <= cnt s P X -> view X n P = true -> view X n X = true ->
    sec s P X n = sec s X X n.
  Proof. intros R L V Vx; apply same_secrets; auto; pose proof (i_cnt s (always s R) P X); lia. Qed.

  (** [key-agreement.no-view-no-secret] A message whose sender does not have somebody as a member gives it no secret. *)
  Theorem no_view_no_secret s P X n : reachable s -> 1 <= n <= cnt s P X -> view X n P = false -> sec s P X n = None.
  Proof. intros R L V; pose proof (i_sec s (always s R) P X n L) as S; now rewrite V in S. Qed.

  (** [key-agreement.forward] Whatever update secrets two members have of one message are the same. *)
  Theorem no_two_secrets s P Q X n u v : reachable s -> 1 <= n <= cnt s P X -> n <= cnt s Q X ->
    sec s P X n = Some u -> sec s Q X n = Some v -> u = v.
  Proof.
    intros R Lp Lq Sp Sq; destruct (view X n P) eqn:Vp; [|rewrite (no_view_no_secret s P X n) in Sp; auto;
      discriminate].
    destruct (view X n Q) eqn:Vq; [|rewrite (no_view_no_secret s Q X n) in Sq; auto; [discriminate|lia]].
    pose proof (same_secrets s P Q X n R Lp Lq Vp Vq); congruence.
  Qed.

  (** A member secret that is kept is that of a recipient, and the one that the sender's seed, or addition, gives. *)
  Theorem kept_right s P u q y k : reachable s -> kept s P u q y = Some k -> recipient u q y = true /\ Secret u q y k.
  Proof. intros R K; destruct (i_kept s (always s R) P u q y k K) as [A [B _]]; auto. Qed.
End Agreement.

(** ** With the views of the chapter "group-membership" *)

Section Recorded.
  (** All changes and acknowledgements of a group, and what each message is. *)
  Variables (h : history) (message : user -> nat -> content).

  Definition view_of (X : user) (n : nat) (P : user) : bool := existsb (N.eqb P) (member_view h X (N.of_nat n)).

  (** What is recorded is what was sent; the history is one in which all keep the rules of the chapter. *)
  Record keeps_rules : Prop := Keeps {
    valid_history : valid h;
    sender_first : begins h;
    ack_completes : ack_complete h;
    members_add : sender_member h;
    add_recorded : forall X n y, message X n = AddMessage y -> In (Op X (N.of_nat n) (Add y)) h;
    recorded_add : forall o y, In o h -> what o = Add y -> message (sender o) (N.to_nat (seqno o)) = AddMessage y;
    recorded_ack : forall o s q, In o h -> what o = Ack s q ->
      message (sender o) (N.to_nat (seqno o)) = AckMessage s (N.to_nat q) \/ message (sender o) (N.to_nat (seqno o))
        = AddAckMessage s (N.to_nat q);
    ack_kind : forall X n s q y, message X n = AckMessage s q -> message s q = AddMessage y -> X = y;
    acks_once : ack_once message }.
  Hypothesis Keeps_rules : keeps_rules.

  Lemma view_of_In X n P : view_of X n P = true <-> In P (member_view h X (N.of_nat n)).
  Proof.
    unfold view_of; rewrite existsb_exists; split; [intros [y [I E]]; apply N.eqb_eq in E; now subst|].
    intros I; exists P; split; auto; apply N.eqb_refl.
  Qed.

  Lemma membership_newly_in : newly_in message view_of.
  Proof.
    intros X n P L Ne Out Inn; apply view_of_In in Inn; rewrite Nat2N.inj_succ in Inn.
    assert (Out' : ~ In P (member_view h X (N.of_nat n))) by (intros I; apply view_of_In in I; congruence).
    destruct Keeps_rules as [V B A _ _ Ra Rk Kd _].
    destruct (comes_in_by_its_addition h V B A X (N.of_nat n) P ltac:(lia) Out' Inn) as [o [Io [So [No H]]]].
    assert (E : N.to_nat (seqno o) = S n) by (rewrite No, N2Nat.inj_succ, Nat2N.id; auto).
    destruct H as [W|[c [Ic [K W]]]].
    - left; rewrite <- (Ra o P Io W), So, E; auto.
    - right; exists (sender c), (N.to_nat (seqno c)); pose proof (Ra c P Ic W) as M; split; auto.
      unfold acks in K; destruct (what o) as [| | |s q] eqn:Wo; try discriminate.
      apply andb_true_iff in K; destruct K as [K1 K2]; apply N.eqb_eq in K1, K2; subst s q.
      destruct (Rk o _ _ Io Wo) as [Q|Q]; rewrite So, E in Q; auto; exfalso; apply Ne; symmetry; eapply Kd; eauto.
  Qed.

  Lemma membership_added_in : added_in message view_of.
  Proof.
    intros s q y M; destruct Keeps_rules as [V _ _ S R _ _ _ _]; apply view_of_In.
    exact (added_is_in h V (Op s (N.of_nat q) (Add y)) y S (R s q y M) eq_refl).
  Qed.

  (** [key-agreement.forward] The main theorem: in every history in which all keep the rules,
      and however sending and processing interleave, all who process a message and are in its sender's view
      derive the update secret that its sender has, or both have none,
      with concurrent additions, removals and updates. *)
  Theorem update_secrets_agree s P X n : reachable message view_of s -> 1 <= n <= cnt s P X ->
    view_of X n P = true -> view_of X n X = true ->
    sec s P X n = sec s X X n.
  Proof.
    apply secret_of_sender; [exact membership_newly_in|exact (acks_once Keeps_rules)|exact membership_added_in].
  Qed.

  (** [key-agreement.no-view-no-secret] Whoever is not in the sender's view has no secret of the message;
      and whatever update secrets two have of one message are the same. *)
  Theorem update_secrets_one s P Q X n u v : reachable message view_of s -> 1 <= n <= cnt s P X -> n <= cnt s Q X ->
    sec s P X n = Some u -> sec s Q X n = Some v -> u = v /\ view_of X n P = true /\ view_of X n Q = true.
  Proof.
    intros R Lp Lq Sp Sq.
    pose proof membership_newly_in as Ni; pose proof (acks_once Keeps_rules) as Ao;
      pose proof membership_added_in as Ai.
    split; [eapply no_two_secrets; eauto|]; split.
    - destruct (view_of X n P) eqn:E; auto; pose proof (no_view_no_secret _ _ Ni Ao Ai s P X n R Lp E); congruence.
    - destruct (view_of X n Q) eqn:E; auto; pose proof (no_view_no_secret _ _ Ni Ao Ai s Q X n R ltac:(lia) E);
      congruence.
  Qed.
End Recorded.
