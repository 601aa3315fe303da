(** Two-party messaging, with keys as names: every message opens, however sends and receipts of the two sides
    interleave, when each direction is first in, first out.

    What is modelled: which key a message is sealed to, which keys are held, when they are deleted, what is refused
    (first-contact-once, key-held, opens, index-rises). What is not: a first contact opens by the keys of a bundle,
    which are taken as there; lengths and encodings; secrecy. *)
From Coq Require Import List Arith Bool Lia Sorted.
Import ListNotations.

Inductive kind :=
| First                       (* kind 0: first contact *)
| ToRecipientKey (j : nat)    (* kind 1: the key that the recipient made for itself with its message j *)
| ToSenderKey (i : nat).      (* kind 2: the key that the sender made for the recipient with its message i.
  The message itself does not say which; i is who opens it *)
Record message := Message { kd : kind; index : nat; payload : nat }.

Inductive peer_key := NoKey | MadeByPeer (j : nat) | MadeByUs (i : nat).
Record channel := Channel { own : list nat; next : nat; received : option nat; peer_index : nat; key : peer_key }.
Definition new := Channel [] 1 None 0 NoKey.

Definition send (c : channel) (p : nat) : channel * message :=
  let k := match key c with NoKey => First | MadeByPeer j => ToRecipientKey j | MadeByUs i => ToSenderKey i end in
  (Channel (next c :: own c) (S (next c)) (received c) (peer_index c) (MadeByUs (next c)), Message k (next c) p).

Definition opens (c : channel) (m : message) : bool :=
  match kd m with
  | First => peer_index c =? 0
  | ToRecipientKey j => existsb (Nat.eqb j) (own c)
  | ToSenderKey i => match received c with Some r => r =? i | None => false end
  end.
Definition receive (c : channel) (m : message) : option (channel * nat) :=
  if opens c m && (peer_index c <? index m) then
    let kept := match kd m with ToRecipientKey j => filter (fun x => j <? x) (own c) | _ => own c end in
    Some (Channel kept (next c) (Some (index m)) (index m) (MadeByPeer (index m)), payload m)
  else None.

(** The peer has received our messages up to [i], and we know it (channel.processed). In the chapter the layer above
    says up to which mark. Marks do not fall: so [i] is the index of the last own key with this mark or a lower one,
    which is the one of these that is kept. *)
Definition processed (i : nat) (c : channel) : channel :=
  Channel (filter (fun x => i <=? x) (own c)) (next c) (received c) (peer_index c) (key c).
(** Whether a message that is under way was sent after its sender had received [i]: who seals to the key that the
    recipient made with its message [j] had received that one, and none later. *)
Definition sent_after (i : nat) (m : message) : bool :=
  match kd m with ToRecipientKey j => i <=? j | _ => true end.

(** The two sides, what is under way in each direction (oldest first),
    and what each side has been given and what it was sent in all. *)
Record system := System { a : channel; b : channel; ab : list message; ba : list message; sent_ab : list nat;
  got_ab : list nat; sent_ba : list nat; got_ba : list nat }.
Definition start := System new new [] [] [] [] [] [].

Inductive action := SendA (p : nat) | SendB (p : nat) | ReceiveA | ReceiveB | ProcessedA (i : nat) |
  ProcessedB (i : nat).
(** None: something that has come was refused. A receipt when nothing is under way is nothing. That the peer has
    received something comes from the peer, in its order: then what is under way from it was sent afterwards. *)
Definition act (s : system) (x : action) : option system :=
  match x with
  | SendA p => let (c, m) := send (a s) p in Some (System c (b s) (ab s ++ [m]) (ba s) (sent_ab s ++ [p]) (got_ab s)
    (sent_ba s) (got_ba s))
  | SendB p => let (c, m) := send (b s) p in Some (System (a s) c (ab s) (ba s ++ [m]) (sent_ab s) (got_ab s)
    (sent_ba s ++ [p]) (got_ba s))
  | ReceiveB => match ab s with
                | [] => Some s
                | m :: q => match receive (b s) m with
                            | Some (c, p) => Some (System (a s) c q (ba s) (sent_ab s) (got_ab s ++ [p]) (sent_ba s)
                              (got_ba s))
                            | None => None
                            end
                end
  | ReceiveA => match ba s with
                | [] => Some s
                | m :: q => match receive (a s) m with
                            | Some (c, p) => Some (System c (b s) (ab s) q (sent_ab s) (got_ab s) (sent_ba s) (got_ba
                              s ++ [p]))
                            | None => None
                            end
                end
  | ProcessedA i => Some (if (i <=? peer_index (b s)) && forallb (sent_after i) (ba s) then
      System (processed i (a s)) (b s) (ab s) (ba s) (sent_ab s) (got_ab s) (sent_ba s) (got_ba s) else s)
  | ProcessedB i => Some (if (i <=? peer_index (a s)) && forallb (sent_after i) (ab s) then
      System (a s) (processed i (b s)) (ab s) (ba s) (sent_ab s) (got_ab s) (sent_ba s) (got_ba s) else s)
  end.
Fixpoint run (s : system) (l : list action) : option system :=
  match l with [] => Some s | x :: r => match act s x with Some s' => run s' r | None => None end end.

(** ** The invariant of one direction: from [s] to [r], with [q] under way *)

Definition to_own (q : list message) : list nat := flat_map (fun m => match kd m with ToRecipientKey j => [j] | _ =>
  [] end) q.

Fixpoint numbered (n : nat) (q : list message) : Prop :=
  match q with
  | [] => True
  | m :: q => index m = n /\ match kd m with First => n = 1 | ToSenderKey i => n = S i /\ 1 <= i | _ => True end /\
    numbered (S n) q
  end.

Definition inv (s r : channel) (q : list message) : Prop := exists low,
  numbered (S (peer_index r)) q /\
  next s = S (peer_index r) + length q /\
  received r = (if peer_index r =? 0 then None else Some (peer_index r)) /\
  (forall j, In j (own r) <-> low < j < next r) /\
  low <= peer_index s /\
  StronglySorted lt (to_own q) /\
  Forall (fun j => low < j <= peer_index s) (to_own q) /\
  match key s with
  | NoKey => next s = 1
  | MadeByUs i => next s = S i /\ 1 <= i
  | MadeByPeer j => j = peer_index s /\ low < j /\ Forall (fun x => x < j) (to_own q)
  end.

Lemma numbered_app q : forall n m, numbered n (q ++ [m]) <-> numbered n q /\ numbered (n + length q) [m].
Proof.
  induction q as [|x q IH]; intros n m; simpl; [rewrite Nat.add_0_r; tauto|].
  rewrite IH; simpl; rewrite Nat.add_succ_r; tauto.
Qed.
Lemma to_own_app q m : to_own (q ++ [m]) = to_own q ++ to_own [m].
Proof. unfold to_own; now rewrite flat_map_app. Qed.
Lemma sorted_app l j : StronglySorted lt l -> Forall (fun x => x < j) l -> StronglySorted lt (l ++ [j]).
Proof.
  induction 1 as [|x l S IH F]; intros H; simpl; [repeat constructor|].
  inversion H; subst; constructor; auto; apply Forall_app; split; auto.
Qed.

Lemma inv_send s r q p : inv s r q -> peer_index s < next r -> inv (fst (send s p)) r (q ++ [snd (send s p)]).
Proof.
  intros [low [Nu [Ne [Re [Ow [Lo [So [Fo Ke]]]]]]]] L; exists low; simpl.
  rewrite numbered_app, app_length, to_own_app; simpl.
  destruct (key s) as [|j|i] eqn:K; simpl; rewrite ?app_nil_r.
  - repeat split; auto; try lia; try (apply Ow; auto).
  - destruct Ke as [-> [Lj Fj]].
    repeat split; auto; try lia; try (apply Ow; auto); [now apply sorted_app|apply Forall_app; split; auto;
      repeat constructor; lia].
  - repeat split; auto; try lia; try (apply Ow; auto).
Qed.

(** The other direction does not mind. *)
Lemma inv_sent s r q p : inv s r q -> peer_index s < next r -> inv s (fst (send r p)) q.
Proof.
  intros [low [Nu [Ne [Re [Ow [Lo H]]]]]] L; exists low; simpl; repeat split; auto; try apply H; try lia.
  - destruct H0 as [<-|I]; [lia|apply Ow in I; lia].
  - destruct H0 as [<-|I]; [lia|apply Ow in I; lia].
  - intros J; destruct (Nat.eq_dec (next r) j); [now left|right; apply Ow; lia].
Qed.

Lemma to_own_cons k n p q : to_own (Message k n p :: q) = match k with ToRecipientKey j => j :: to_own q | _ =>
  to_own q end.
Proof. unfold to_own; simpl; destruct k; auto. Qed.

Lemma inv_receive s r m q : inv s r (m :: q) -> peer_index s < next r ->
  exists r', receive r m = Some (r', payload m) /\ inv s r' q /\
  peer_index r' = S (peer_index r) /\ next r' = next r /\ key r' = MadeByPeer (S (peer_index r)).
Proof.
  destruct m as [k n p]; intros [low H] L; rewrite to_own_cons in H.
  destruct H as [[I [Ki Nu]] [Ne [Re [Ow [Lo [So [Fo Ke]]]]]]]; cbn [index kd payload length] in *; subst n.
  assert (Lt : peer_index r <? S (peer_index r) = true) by (apply Nat.ltb_lt; lia).
  destruct k as [|j|i]; unfold receive, opens; cbn [kd index payload].
  - assert (E : peer_index r =? 0 = true) by (apply Nat.eqb_eq; lia); rewrite E, Lt; simpl.
    eexists; split; [reflexivity|]; split; [|simpl; auto].
    exists low; simpl; repeat split; auto; try lia; try (apply Ow; auto).
  - inversion So as [|? ? So' Fs]; subst; inversion Fo as [|? ? Fj Fo']; subst.
    assert (E : existsb (Nat.eqb j) (own r) = true).
    { apply existsb_exists; exists j; split; [apply Ow; lia|apply Nat.eqb_refl]. }
    rewrite E, Lt; simpl; eexists; split; [reflexivity|]; split; [|simpl; auto].
    exists j; simpl; split; auto; split; [lia|]; split; auto; split; [|split; [lia|split; auto]].
    + intros x; rewrite filter_In, Ow, Nat.ltb_lt; lia.
    + split.
      * rewrite Forall_forall in *; intros x X; specialize (Fs x X); specialize (Fo' x X); lia.
      * destruct (key s); auto; destruct Ke as [E' [Lk F]]; inversion F; subst; auto.
  - assert (E : match received r with Some x => x =? i | None => false end = true).
    { rewrite Re; destruct (Nat.eqb_spec (peer_index r) 0); [lia|apply Nat.eqb_eq; lia]. }
    rewrite E, Lt; simpl; eexists; split; [reflexivity|]; split; [|simpl; auto].
    exists low; simpl; repeat split; auto; try lia; try (apply Ow; auto).
Qed.

(** The other direction, for which it is the sender. *)
Lemma inv_received s r q o re : inv r s q -> peer_index r < next s ->
  inv (Channel o (next r) re (S (peer_index r)) (MadeByPeer (S (peer_index r)))) s q.
Proof.
  intros [low [Nu [Ne [Re [Ow [Lo [So [Fo Ke]]]]]]]] L; exists low; simpl; repeat split; auto; try lia;
    try (apply Ow; auto).
  - eapply Forall_impl; [|exact Fo]; simpl; lia.
  - eapply Forall_impl; [|exact Fo]; simpl; lia.
Qed.

Lemma inv_processed s r q i : inv s r q -> i <= peer_index s -> forallb (sent_after i) q = true ->
  inv s (processed i r) q.
Proof.
  intros [low [Nu [Ne [Re [Ow [Lo [So [Fo Ke]]]]]]]] L After; exists (Nat.max low (pred i)); simpl.
  assert (F : Forall (fun j => i <= j) (to_own q)).
  { rewrite forallb_forall in After; apply Forall_forall; intros j I; unfold to_own in I; apply in_flat_map in I.
    destruct I as [m [Im I]]; specialize (After m Im); unfold sent_after in After; destruct (kd m); simpl in I;
      try tauto.
    destruct I as [->|[]]; now apply Nat.leb_le. }
  repeat split; auto; try lia.
  - apply filter_In in H; destruct H as [H E]; apply Ow in H; apply Nat.leb_le in E; lia.
  - apply filter_In in H; destruct H as [H _]; apply Ow in H; lia.
  - intros H; apply filter_In; split; [apply Ow; lia|apply Nat.leb_le; lia].
  - rewrite Forall_forall in *; intros x X; specialize (Fo x X); specialize (F x X); lia.
  - destruct (key s); auto; destruct Ke as [E [Lj Fj]]; repeat split; auto; lia.
Qed.

(** ** Every message opens *)

Definition good (s : system) : Prop :=
  inv (a s) (b s) (ab s) /\ inv (b s) (a s) (ba s) /\
  sent_ab s = got_ab s ++ map payload (ab s) /\ sent_ba s = got_ba s ++ map payload (ba s).

Lemma inv_bound s r q : inv s r q -> peer_index r < next s.
Proof. intros [low [_ [Ne _]]]; lia. Qed.

Lemma good_start : good start.
Proof.
  assert (I : inv new new []); [|repeat split; auto].
  exists 0; simpl; repeat split; auto; try lia; try (constructor; fail); intros [].
Qed.

Lemma good_act s x : good s -> exists s', act s x = Some s' /\ good s'.
Proof.
  intros [Iab [Iba [Sab Sba]]]; pose proof (inv_bound _ _ _ Iab) as Lab; pose proof (inv_bound _ _ _ Iba) as Lba.
  destruct x as [p|p| | |i|i].
  - eexists; split; [reflexivity|]; repeat split; simpl; auto.
    + now apply (inv_send (a s) (b s) (ab s) p).
    + now apply (inv_sent (b s) (a s) (ba s) p).
    + now rewrite Sab, map_app, app_assoc.
  - eexists; split; [reflexivity|]; repeat split; simpl; auto.
    + now apply (inv_sent (a s) (b s) (ab s) p).
    + now apply (inv_send (b s) (a s) (ba s) p).
    + now rewrite Sba, map_app, app_assoc.
  - simpl; destruct (ba s) as [|m q] eqn:Q; [exists s; repeat split; auto; now rewrite Q|].
    destruct (inv_receive _ _ _ _ Iba Lab) as [[o n re pi k] [E [I [E1 [E2 E3]]]]]; simpl in *; subst.
    rewrite E; eexists; split; [reflexivity|]; repeat split; simpl; auto.
    + now apply inv_received.
    + now rewrite Sba, <- app_assoc.
  - simpl; destruct (ab s) as [|m q] eqn:Q; [exists s; repeat split; auto; now rewrite Q|].
    destruct (inv_receive _ _ _ _ Iab Lba) as [[o n re pi k] [E [I [E1 [E2 E3]]]]]; simpl in *; subst.
    rewrite E; eexists; split; [reflexivity|]; repeat split; simpl; auto.
    + now apply inv_received.
    + now rewrite Sab, <- app_assoc.
  - cbn [act]; destruct ((i <=? peer_index (b s)) && forallb (sent_after i) (ba s)) eqn:E;
      [|exists s; repeat split; auto].
    apply andb_true_iff in E; destruct E as [E1 E2]; apply Nat.leb_le in E1; eexists; split; [reflexivity|].
    repeat split; simpl; auto; now apply inv_processed.
  - cbn [act]; destruct ((i <=? peer_index (a s)) && forallb (sent_after i) (ab s)) eqn:E;
      [|exists s; repeat split; auto].
    apply andb_true_iff in E; destruct E as [E1 E2]; apply Nat.leb_le in E1; eexists; split; [reflexivity|].
    repeat split; simpl; auto; now apply inv_processed.
Qed.

(** [channel.opens, channel.key-superseded] However the two sides act, and whatever keys they delete when they know
    what the other has processed, every message opens, and each side is given what it was sent, in order. *)
Theorem every_message_opens l : exists s, run start l = Some s /\
  sent_ab s = got_ab s ++ map payload (ab s) /\ sent_ba s = got_ba s ++ map payload (ba s).
Proof.
  assert (G : forall l s, good s -> exists s', run s l = Some s' /\ good s').
  { clear; induction l as [|x l IH]; intros s G; simpl; [eauto|].
    destruct (good_act s x G) as [s' [E G']]; rewrite E; auto. }
  destruct (G l start good_start) as [s [E [_ [_ H]]]]; eauto.
Qed.

(** Without the order within a direction it is false: the second message cannot be opened before the first. *)
Example order_is_needed :
  let (c1, m1) := send new 1 in let (c2, m2) := send c1 2 in
  receive new m2 = None.
Proof. reflexivity. Qed.


(** What a channel may become by whatever its side does. *)
Inductive later : channel -> channel -> Prop :=
| later_now c : later c c
| later_sends c c' p : later c c' -> later c (fst (send c' p))
| later_receives c c' m c'' p : later c c' -> receive c' m = Some (c'', p) -> later c c''
| later_processed c c' i : later c c' -> later c (processed i c').

Lemma index_never_falls c c' : later c c' -> peer_index c <= peer_index c'.
Proof.
  induction 1 as [c|c c' p L IH|c c' m c'' p L IH R|c c' i L IH]; simpl; auto; unfold receive in R.
  destruct (opens c' m && (peer_index c' <? index m)) eqn:O; [|discriminate]; injection R as <- _; simpl.
  apply andb_true_iff in O; destruct O as [_ O]; apply Nat.ltb_lt in O; lia.
Qed.

(** [channel.index-rises] What has been received once is refused from then on, whatever comes;
    and the key that opened it is gone, unless it is that of a bundle. *)
Theorem opens_once c m c' p : receive c m = Some (c', p) -> (forall c'', later c' c'' -> receive c'' m = None) /\
  match kd m with
  | First => True
  | ToRecipientKey j => ~ In j (own c')
  | ToSenderKey _ => received c' = Some (index m)
  end.
Proof.
  unfold receive; destruct (opens c m && (peer_index c <? index m)); [|discriminate]; intros E; injection E as <- <-;
    split.
  - intros c'' L; apply index_never_falls in L; simpl in L.
    assert (F : peer_index c'' <? index m = false) by now apply Nat.ltb_ge.
    rewrite F, andb_false_r; auto.
  - destruct (kd m); simpl; auto; intros I; apply filter_In in I; destruct I as [_ I]; apply Nat.ltb_lt in I; lia.
Qed.
