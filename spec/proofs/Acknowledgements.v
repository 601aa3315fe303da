(** The chapters "key-agreement", whose acknowledgements of an update are to come, and "causal-broadcast", what may
    still be acknowledged: which messages are open, whom they await, and what closing one loses.

    [t] is what one member has taken, newest first: a history of all messages that are acknowledged, and of their
    acknowledgements. An update is such a message. It stands in [t] as the removal of somebody who is never added:
    Recorded.v shows that no view changes by that. So [is_change] holds of creates, updates, removes and adds here,
    and an [Ack] is an ack or an add-ack of one; acknowledgements of acknowledgements do not occur.
    A new member goes on from what its adder had: its [t] begins with that.
    In the chapter "key-agreement" everybody leaves out itself; this is not modelled, since an own acknowledgement
    follows at once. *)
From Coq Require Import List NArith Arith Bool Lia.
From Conclave Require Import GroupMembership MembershipOrder MembershipMembers MembershipRemoval MembershipForGood.
Import ListNotations.

(** ** What everybody keeps to *)

Definition brings_in (c : op) (y : user) : Prop := exists a, In a (additions_of c) /\ added a = y.

(** The sender of [o] is a member in its own view as of [o]; and its first message is the create,
    or acknowledges the create or add that brought it in (key-agreement.sender-member). *)
Definition from_member (r : history) (o : op) : Prop :=
  In (sender o) (member_view (o :: r) (sender o) (seqno o)) /\
  ((exists one, In one r /\ sender one = sender o) \/ exists c, In c r /\ acks o c = true /\ brings_in c (sender o)).

(** By what the sender of [o] knew as of its message before [o]: it has not acknowledged the same before
    (key-agreement.ack-once), and knew all that is before what it acknowledges, but with its first message
    (key-agreement.ack-complete). Of changes, and of updates of the member that is acknowledged, everybody checks it;
    of other updates it is what members do who take messages in causal order and acknowledge each at once
    (at_once_there). Nobody refuses a message that leaves out an update of a third member; [accepted] is false
    from then on, and nothing more is said of such a [t]. *)
Record keeps (r : history) (o : op) : Prop := Keeps {
  k_member : from_member r o;
  k_once : forall c, In c r -> acks o c = true -> ~ In c (known r (of_user (sender o)));
  k_complete : forall c, In c r -> acks o c = true -> (exists one, In one r /\ sender one = sender o) ->
    forall d, is_change d = true -> before r d c = true -> In d (known r (of_user (sender o)));
  k_fresh : forall y, what o = Add y -> forall a, In a (additions r) -> added a <> y }.

Inductive accepted : history -> Prop :=
| accepted_create o ms : what o = Create ms -> In (sender o) ms -> accepted [o]
| accepted_more o r : accepted r -> valid (o :: r) -> is_create o = false -> keeps r o -> accepted (o :: r).

Lemma accepted_valid t : accepted t -> valid t.
Proof. intros A; destruct A as [o ms W I|o r _ V _ _]; auto; now apply valid_create with ms. Qed.

(** ** Knowledge, as messages come *)

Lemma knows_In t p x : In x (known t (of_user p)) <-> In x t /\ exists one, In one t /\ sender one = p /\
  (x = one \/ before t x one = true).
Proof.
  rewrite known_In; split; intros [I [one [J [O B]]]]; split; auto; exists one; split; auto; split; auto;
    unfold of_user in *; now apply N.eqb_eq.
Qed.
Lemma older_not_new o r x : valid (o :: r) -> In x r -> x <> o.
Proof. intros V I ->; now apply (valid_fresh o r V). Qed.
Lemma older_before o r x y : valid (o :: r) -> In y r -> before (o :: r) x y = before r x y.
Proof. intros V I; apply before_old; now apply (older_not_new o r). Qed.

Lemma knows_more o r p x : valid (o :: r) -> In x (known r (of_user p)) -> In x (known (o :: r) (of_user p)).
Proof.
  intros V; rewrite !knows_In; intros [I [one [J [S B]]]]; split; [now right|]; exists one; split; [now right|];
    split; auto; destruct B; auto; right; now rewrite older_before.
Qed.
Lemma knows_more_app l r p x : valid (l ++ r) -> In x (known r (of_user p)) -> In x (known (l ++ r) (of_user p)).
Proof. induction l as [|o l IH]; simpl; auto; intros V I; apply knows_more; auto; apply IH; auto;
  now apply valid_tail in V. Qed.
Lemma knows_old o r p x : valid (o :: r) -> p <> sender o -> In x (known (o :: r) (of_user p)) ->
  In x (known r (of_user p)).
Proof.
  intros V N; rewrite !knows_In; intros [I [one [[J|J] [S B]]]]; [congruence|].
  rewrite older_before in B; auto; assert (Ix : In x r).
  { destruct B as [->|B]; auto; apply before_In in B; [tauto|apply valid_NoDup; now apply valid_tail in V]. }
  split; auto; exists one; auto.
Qed.
(** What the sender of the newest message comes to know: that message, and what it acknowledges with what is before. *)
Lemma knows_new o r x : valid (o :: r) -> In x (known (o :: r) (of_user (sender o))) ->
  x = o \/ In x (known r (of_user (sender o))) \/ is_create x = true \/
    exists c, In c r /\ acks o c = true /\ (x = c \/ before r x c = true).
Proof.
  intros V; pose proof (valid_tail _ _ V) as Vr; rewrite knows_In; intros [I [one [[<-|J] [S B]]]].
  - destruct B as [->|B]; auto; apply before_new in B; [|now apply valid_NoDup].
    destruct B as [c [Ic [D H]]]; unfold direct in D; apply orb_true_iff in D; destruct D as [D|D];
      [apply orb_true_iff in D; destruct D as [D|D]|].
    + destruct H as [->|H]; auto; rewrite (proj1 (create_first_of_all r Vr c Ic D)) in H; discriminate.
    + apply andb_true_iff in D; destruct D as [D _]; apply N.eqb_eq in D; right; left; apply knows_In.
      split; [destruct H as [->|H]; auto; apply before_In in H; [tauto|now apply valid_NoDup]|]; exists c; auto.
    + right; right; right; exists c; auto.
  - right; left; rewrite older_before in B; auto; apply knows_In.
    split; [destruct B as [->|B]; auto; apply before_In in B; [tauto|now apply valid_NoDup]|]; exists one; auto.
Qed.
Lemma knows_create t p one c : valid t -> In one t -> sender one = p -> In c t -> is_create c = true ->
  In c (known t (of_user p)).
Proof. intros V I S Ic C; apply (known_create t (of_user p) V one); auto; unfold of_user; now apply N.eqb_eq. Qed.
Lemma knows_closed t p a b : valid t -> In b (known t (of_user p)) -> before t a b = true ->
  In a (known t (of_user p)).
Proof. intros V; apply known_closed; now apply valid_NoDup. Qed.
Lemma knows_acked o r c x : valid (o :: r) -> In c r -> acks o c = true -> x = c \/ before r x c = true ->
  In x (known (o :: r) (of_user (sender o))).
Proof.
  intros V I A H; assert (B : before (o :: r) c o = true).
  { apply direct_before; auto; [now right|now left|now apply (older_not_new o r)|]; unfold direct; rewrite A;
    apply orb_true_r. }
  assert (K : In c (known (o :: r) (of_user (sender o)))).
  { apply knows_In; split; [now right|]; exists o; split; [now left|]; auto. }
  destruct H as [->|H]; auto; apply knows_closed with c; auto; now rewrite older_before.
Qed.
Lemma acked_unique o r c d : valid (o :: r) -> In c r -> In d r -> acks o c = true -> acks o d = true -> c = d.
Proof.
  intros V Ic Id A B; unfold acks in *; destruct (what o) as [| | |s q]; try discriminate.
  apply andb_true_iff in A, B; destruct A as [A1 A2], B as [B1 B2]; apply N.eqb_eq in A1, A2, B1, B2.
  apply (valid_unique r (valid_tail _ _ V)); congruence.
Qed.
Lemma change_no_ack o c : is_change o = true -> acks o c = false.
Proof. unfold is_change, acks; now destruct (what o). Qed.

(** Whoever has sent something knows its addition. *)
Lemma began t o : accepted t -> In o t -> exists a, In a (additions t) /\ added a = sender o /\
  In (by_op a) (known t (of_user (sender o))).
Proof.
  intros A; revert o; induction A as [z ms W Im|n r A IH V C K]; intros o I.
  - destruct I as [<-|[]]; exists (Addition (sender z) (sender z) z); unfold additions; simpl; rewrite app_nil_r.
    unfold additions_of; rewrite W, in_map_iff; split; [exists (sender z); auto|]; split; auto.
    apply knows_In; split; [now left|]; exists z; simpl; auto.
  - assert (Old : forall one, In one r -> exists a, In a (additions (n :: r)) /\ added a = sender one /\
      In (by_op a) (known (n :: r) (of_user (sender one)))).
    { intros one J; destruct (IH one J) as [a [Ia [Ea Ka]]]; exists a; split;
      [apply additions_change in Ia; apply additions_change; simpl; tauto|]; split; auto; now apply knows_more. }
    destruct I as [<-|I]; [|now apply Old].
    destruct (k_member _ _ K) as [_ [[one [J S]]|[c [Ic [Ac [a [Ia Ea]]]]]]].
    + rewrite <- S; now apply Old.
    + pose proof Ia as Ia'; assert (by_op a = c) as E.
      { unfold additions_of in Ia'; destruct (what c) as [ms|y| |]; simpl in Ia'; try tauto;
        [apply in_map_iff in Ia'; destruct Ia' as [y [<- _]]; auto|destruct Ia' as [<-|[]]; auto]. }
      exists a; split; [apply additions_change; rewrite E; split; [now right|auto]|]; split; auto.
      rewrite E; now apply knows_acked with c; auto.
Qed.
Lemma of_addition c a : In a (additions_of c) -> by_op a = c.
Proof.
  unfold additions_of; destruct (what c) as [ms|y| |]; simpl; try tauto;
    [intros I; apply in_map_iff in I; destruct I as [y [<- _]]; auto|intros [<-|[]]; auto].
Qed.
(** [key-agreement.welcome-history] The first message of everybody but the creator is an acknowledgement:
    so no change but the create has the number 1. *)
Theorem first_is_no_change o r : accepted (o :: r) -> is_create o = false -> is_change o = true ->
  exists one, In one r /\ sender one = sender o /\ (seqno one < seqno o)%N.
Proof.
  intros A C Co; pose proof (accepted_valid _ A) as V; inversion A as [? ms W _|? ? _ _ _ K]; subst;
    [unfold is_create in C; rewrite W in C; discriminate|].
  destruct (k_member r o K) as [_ [[one [J S]]|[c [_ [Ac _]]]]]; [|rewrite change_no_ack in Ac; auto; discriminate].
  exists one; repeat split; auto; now apply (valid_rises o r).
Qed.
Lemma accepted_fresh t : accepted t -> fresh t.
Proof.
  intros A; induction A as [z ms W Im|n r A IH V C K]; intros a b Ia Ib E.
  - apply additions_change in Ia, Ib; destruct Ia as [[<-|[]] _], Ib as [[E'|[]] _]; auto.
  - apply additions_change in Ia, Ib; destruct Ia as [[Ja|Ja] Ia], Ib as [[Jb|Jb] Ib]; try congruence.
    + exfalso; rewrite <- Ja in Ia; unfold additions_of, is_create in *; destruct (what n) as [|y| |] eqn:W;
      simpl in Ia; try tauto; try discriminate.
      destruct Ia as [<-|[]]; apply (k_fresh r n K y W b); [now apply additions_change|auto].
    + exfalso; rewrite <- Jb in Ib; unfold additions_of, is_create in *; destruct (what n) as [|y| |] eqn:W;
      simpl in Ib; try tauto; try discriminate.
      destruct Ib as [<-|[]]; apply (k_fresh r n K y W a); [now apply additions_change|auto].
    + apply IH; auto; now apply additions_change.
Qed.

(** ** Whom a message awaits *)

(** Whom an add brings in of which the sender of [u] did not know. *)
Definition brought_in (t : history) (u : op) : list user :=
  flat_map (fun o => match what o with
                     | Add y => if mem o (known_to t (sender u) (seqno u)) then [] else [y]
                     | _ => []
                     end) t.
(** Whom [u] awaits at first: the sender's view, and those that an add brings in of which the sender did not know,
    but not the sender. [t] ends with [u]. *)
Definition acknowledgers (t : history) (u : op) : list user :=
  filter (fun p => negb (N.eqb p (sender u))) (member_view t (sender u) (seqno u) ++ brought_in t u).

Section Awaited.
  (** Whether an acknowledgement of the message [q] is one of the message [n] of the same sender: [N.eqb] in the chapter
      "key-agreement", and [N.leb] in the chapter "causal-broadcast" ("this message or a later one"). *)
  Variable counts_for : N -> N -> bool.
  Hypothesis Counts_own : forall n, counts_for n n = true.
  Hypothesis Counts_later : forall n q, counts_for n q = true -> (n <= q)%N.

  (** What the next message [o] makes of the list of [u] (key-agreement.await, causal-broadcast.note). *)
  Definition next (u o : op) (l : list user) : list user :=
    match what o with
    | Ack s q => if N.eqb s (sender u) && counts_for (seqno u) q
                 then filter (fun p => negb (N.eqb p (sender o))) l else l
    | Add y => if existsb (N.eqb (sender o)) l then y :: l else l
    | _ => l
    end.
  (** Whom [u] awaits after [t]. *)
  Fixpoint awaited (t : history) (u : op) : list user :=
    match t with
    | [] => []
    | o :: r => if eqb o u then acknowledgers t u else next u o (awaited r u)
    end.

  Lemma awaited_first r u : awaited (u :: r) u = acknowledgers (u :: r) u.
  Proof. simpl; now rewrite eqb_refl. Qed.
  Lemma awaited_next o r u : o <> u -> awaited (o :: r) u = next u o (awaited r u).
  Proof. intros N; simpl; destruct (eqb o u) eqn:E; auto; apply eqb_eq in E; congruence. Qed.
  Lemma others_In p x l : In p (filter (fun y => negb (N.eqb y x)) l) <-> In p l /\ p <> x.
  Proof. rewrite filter_In, negb_true_iff, N.eqb_neq; tauto. Qed.
  Lemma brought_in_In t u y : In y (brought_in t u) <-> exists o, In o t /\ what o = Add y /\
    ~ In o (known_to t (sender u) (seqno u)).
  Proof.
    unfold brought_in; rewrite in_flat_map; split; intros [o [I H]]; exists o; split; auto.
    - destruct (what o) as [|z| |]; simpl in H; try tauto; destruct (mem o _) eqn:M; simpl in H; [tauto|].
      destruct H as [->|[]]; split; auto; intros K; apply mem_In in K; congruence.
    - destruct H as [-> K]; destruct (mem o _) eqn:M; [apply mem_In in M; tauto|now left].
  Qed.

  (** ** Who is on the list has not acknowledged, and is to *)

  Lemma first_on_list r u p : valid (u :: r) -> In p (acknowledgers (u :: r) u) ->
    p <> sender u /\ ~ In u (known (u :: r) (of_user p)) /\
    exists a, In a (additions (u :: r)) /\ added a = p /\ before (u :: r) u (by_op a) = false.
  Proof.
    intros V I; apply others_In in I; destruct I as [I N]; split; auto; split.
    - intros K; apply knows_In in K; destruct K as [_ [one [J [S [->|B]]]]]; [congruence|].
      rewrite (new_before_nothing r u V) in B; discriminate.
    - apply in_app_or in I; destruct I as [I|I].
      + apply members_In in I; destruct I as [a [R [E _]]]; apply Reach_In in R; apply additions_change in R.
        exists a; split; [|split; auto; now apply new_before_nothing].
        apply additions_change; split; [|tauto]; destruct R as [R _]; now apply known_In in R.
      + apply brought_in_In in I; destruct I as [o [Io [W _]]]; exists (Addition (sender o) p o); split;
        [|split; auto; now apply new_before_nothing].
        apply additions_change; split; auto; simpl; unfold additions_of; rewrite W; now left.
  Qed.

  (** [key-agreement.ack-once, causal-broadcast.acknowledges] Whom a message awaits is not its sender,
      has not acknowledged it, neither itself nor by what it began with, and was not welcomed after it.
      So nothing shows that it has taken the message; unless it leaves first, it has it still to acknowledge. *)
  Theorem on_the_list t u p : accepted t -> In u t -> is_change u = true -> In p (awaited t u) ->
    p <> sender u /\ ~ In u (known t (of_user p)) /\
    exists a, In a (additions t) /\ added a = p /\ before t u (by_op a) = false.
  Proof.
    intros A; revert u p; induction A as [z ms W Im|o r A IH V C K]; intros u p Iu Cu Ip.
    { destruct Iu as [<-|[]]; rewrite awaited_first in Ip; apply first_on_list; auto; now apply valid_create with ms. }
    destruct (op_eq_dec o u) as [<-|Ne]; [rewrite awaited_first in Ip; now apply first_on_list|].
    destruct Iu as [E|Iu]; [congruence|]; rewrite awaited_next in Ip; auto; unfold next in Ip.
    pose proof (valid_tail _ _ V) as Vr; pose proof (accepted_fresh r A) as F.
    assert (Lift : forall q, In q (awaited r u) -> ~ In u (known (o :: r) (of_user q)) ->
      q <> sender u /\ ~ In u (known (o :: r) (of_user q)) /\
      exists a, In a (additions (o :: r)) /\ added a = q /\ before (o :: r) u (by_op a) = false).
    { intros q Iq Kq; destruct (IH u q Iu Cu Iq) as [N [_ [a [Ia [Ea Ba]]]]]; split; auto; split; auto; exists a.
      apply additions_change in Ia; rewrite additions_change, older_before; simpl; tauto. }
    assert (Own : is_change o = true -> exists one, In one r /\ sender one = sender o).
    { intros Co; destruct (k_member r o K) as [_ [H|[c [_ [Ac _]]]]]; auto; rewrite change_no_ack in Ac; auto;
      discriminate. }
    (* What is no acknowledgement makes nothing known but itself. *)
    assert (Still : forall q, is_change o = true -> In q (awaited r u) -> ~ In u (known (o :: r) (of_user q))).
    { intros q Co Iq Kq; destruct (IH u q Iu Cu Iq) as [_ [Un _]]; destruct (N.eq_dec q (sender o)) as [->|Nq].
      - apply knows_new in Kq; auto; destruct Kq as [E|[Kq|[Z|[c [_ [Ac _]]]]]]; [congruence|auto| |].
        + destruct (Own Co) as [one [J S]]; apply Un; now apply knows_create with one.
        + rewrite change_no_ack in Ac; auto; discriminate.
      - apply Un; now apply (knows_old o). }
    destruct (what o) as [ms|y|v|s q] eqn:W.
    - unfold is_create in C; rewrite W in C; discriminate.
    - assert (Co : is_change o = true) by (unfold is_change; now rewrite W).
      destruct (existsb (N.eqb (sender o)) (awaited r u)) eqn:E; [|apply Lift; auto].
      destruct Ip as [<-|Ip]; [|apply Lift; auto].
      apply existsb_exists in E; destruct E as [x [Ix E]]; apply N.eqb_eq in E; subst x.
      assert (New : forall one, In one (o :: r) -> sender one <> y).
      { intros one [<-|J] S; [destruct (Own Co) as [one [J S']]|]; destruct (began r one A J) as [a [Ia [Ea _]]];
        apply (k_fresh r o K y W a Ia); congruence. }
      split; [intros S; apply (New u); auto; now right|]; split.
      + intros Kn; apply knows_In in Kn; destruct Kn as [_ [one [J [S _]]]]; now apply (New one).
      + exists (Addition (sender o) y o); split;
        [apply additions_change; simpl; split; [now left|unfold additions_of; rewrite W; now left]|split; auto].
        destruct (before (o :: r) u (by_op (Addition (sender o) y o))) eqn:B; auto; exfalso.
        apply (Still (sender o)); auto; apply knows_In; split; [now right|]; exists o; split; [now left|auto].
    - apply Lift; auto; apply Still; auto; unfold is_change; now rewrite W.
    - destruct (valid_ack (o :: r) V o s q (or_introl eq_refl) W) as [c [Ic [Cc [Sc Qc]]]].
      assert (Ac : acks o c = true) by (unfold acks; rewrite W, Sc, Qc, !N.eqb_refl; auto).
      assert (Jc : In c r). { destruct Ic as [<-|Ic]; auto; rewrite change_no_ack in Ac; auto; discriminate. }
      (* Who acknowledges this message leaves its list. *)
      assert (In_ : In p (awaited r u) /\ (u = c -> p <> sender o)).
      { destruct (N.eqb s (sender u) && counts_for (seqno u) q) eqn:E; [apply others_In in Ip; tauto|]; split; auto.
        intros ->; rewrite Sc, Qc, N.eqb_refl, Counts_own in E; discriminate. }
      destruct In_ as [Iq Left_]; apply Lift; auto; destruct (IH u p Iu Cu Iq) as [Np [Un [a [Ia [Ea Ba]]]]].
      intros Kn; destruct (N.eq_dec p (sender o)) as [->|Nq]; [|apply Un; now apply (knows_old o)].
      destruct (k_member r o K) as [_ [Has|[d [Jd [Ad [b [Ib Eb]]]]]]].
      + apply knows_new in Kn; auto; destruct Kn as [E|[Kn|[Z|[d [Jd [Ad [->|B]]]]]]]; [congruence|auto| | |].
        * destruct Has as [one [J S]]; apply Un; now apply knows_create with one.
        * apply Left_; auto; now apply (acked_unique o r).
        * apply Un; now apply (k_complete r o K d).
      + assert (d = c) as -> by (now apply (acked_unique o r)).
        assert (E : by_op a = c).
        { rewrite (F a b); auto; [now apply of_addition| |congruence]; apply additions_change;
          rewrite (of_addition c b); auto. }
        rewrite E in Ba; assert (Nu : u <> c) by (intros ->; now apply Left_).
        apply knows_new in Kn; auto; destruct Kn as [E'|[Kn|[Z|[d [Jd' [Ad' [->|B]]]]]]]; [congruence|auto| | |].
        * rewrite (proj2 (create_first_of_all r Vr u Iu Z)) in Ba; auto; discriminate.
        * apply Nu; now apply (acked_unique o r).
        * assert (d = c) as -> by (now apply (acked_unique o r)); congruence.
  Qed.

  (** ** Whom the list has to have *)

  (** Who is on the list stays on it until it acknowledges. *)
  Lemma stays l r u p : valid (l ++ r) -> In u r -> In p (awaited r u) -> ~ In u (known (l ++ r) (of_user p)) ->
    In p (awaited (l ++ r) u).
  Proof.
    intros V Iu Ip; induction l as [|o l IH]; intros Un; auto; simpl app in *.
    pose proof (valid_tail _ _ V) as Vt; assert (Iu' : In u (l ++ r)) by (apply in_or_app; auto).
    assert (Iq : In p (awaited (l ++ r) u)) by (apply IH; auto; intros K; apply Un; now apply knows_more).
    rewrite awaited_next; [|intros E; now apply (older_not_new o (l ++ r) u V)]; unfold next.
    destruct (what o) as [ms|y|v|s q] eqn:W; auto; [destruct (existsb _ _); auto; now right|].
    destruct (N.eqb s (sender u) && counts_for (seqno u) q) eqn:E; auto; apply others_In; split; auto; intros ->.
    apply andb_true_iff in E; destruct E as [E1 E2]; apply N.eqb_eq in E1; apply Counts_later in E2; apply Un.
    destruct (valid_ack _ V o s q (or_introl eq_refl) W) as [c [[<-|Ic] [Cc [Sc Qc]]]];
      [unfold is_change in Cc; rewrite W in Cc; discriminate|].
    apply knows_acked with c; auto; [unfold acks; rewrite W, Sc, Qc, !N.eqb_refl; auto|].
    destruct (N.eq_dec (seqno u) q) as [Eq|Nq]; [left; apply (valid_unique (l ++ r) Vt); congruence|right].
    apply same_sender_before; auto; [congruence|lia].
  Qed.

  (** The list is made from what is before it is made. *)
  Lemma first_view l r u : valid (l ++ u :: r) -> In u (u :: r) ->
    forall x, In x (known_to (l ++ u :: r) (sender u) (seqno u)) <-> In x (known_to (u :: r) (sender u) (seqno u)).
  Proof.
    intros V I x; assert (Vu : valid (u :: r)).
    { revert V; clear; induction l; simpl; auto; intros V; apply IHl; now apply valid_tail in V. }
    rewrite !known_as_of; auto; [|apply in_or_app; now right].
    rewrite before_stable; auto; split; intros [Ix H]; split; auto; [|apply in_or_app; now right].
    destruct H as [->|H]; auto; apply before_In in H; [tauto|now apply valid_NoDup].
  Qed.
  Lemma suffix_valid l (r : history) : valid (l ++ r) -> valid r.
  Proof. induction l; simpl; auto; intros V; apply IHl; now apply valid_tail in V. Qed.

  Lemma split_once {A} (o : A) l1 : forall l2 l3 l4, NoDup (l1 ++ o :: l2) -> l1 ++ o :: l2 = l3 ++ o :: l4 ->
    l2 = l4.
  Proof.
    induction l1 as [|x l1 IH]; intros l2 [|y l3] l4 D E; simpl in *; inversion D as [|? ? H D']; subst;
      inversion E; subst; auto.
    - exfalso; apply H; apply in_or_app; right; now left.
    - exfalso; apply H; apply in_or_app; right; now left.
    - now apply (IH l2 l3).
  Qed.

  Section Complete.
    Variables (t : history) (u : op).
    Hypothesis V : valid t.
    Hypothesis Iu : In u t.
    Hypothesis Cu : is_change u = true.
    (** Anything that comes after [u]: what has all that the sender of [u] knew as of it. *)
    Variable K : list op.
    Hypothesis Within : incl K t.
    Hypothesis After : incl (known_to t (sender u) (seqno u)) K.
    Let S_ := known_to t (sender u) (seqno u).

    Lemma S_closed a b : In b S_ -> before t a b = true -> In a S_.
    Proof. apply known_closed; now apply valid_NoDup. Qed.
    Lemma S_u : In u S_.
    Proof. apply known_as_of; auto. Qed.

    Lemma on_list b : Reach K (before t) b -> added b <> sender u -> before t u (by_op b) = false ->
      (In (by_op b) S_ -> In (added b) (member_view t (sender u) (seqno u))) ->
      forall l r, t = l ++ r -> In u r -> In (by_op b) r -> ~ In u (known r (of_user (added b))) ->
        In (added b) (awaited r u).
    Proof.
      pose proof (valid_NoDup _ V) as D.
      (* Who is on the list from the beginning. *)
      assert (First : forall X l r, t = l ++ r -> In u r -> X <> sender u -> ~ In u (known r (of_user X)) ->
        (In X (member_view t (sender u) (seqno u)) \/ exists o, In o t /\ what o = Add X /\ ~ In o S_ /\
          forall l' r', r = l' ++ u :: r' -> In o (u :: r')) -> In X (awaited r u)).
      { intros X l r E J N Un H; destruct (in_split _ _ J) as [l' [r' E']]; rewrite E'; apply stays;
        [rewrite <- E'; apply suffix_valid with l; now rewrite <- E|now left| |now rewrite <- E'].
        assert (Et : t = (l ++ l') ++ u :: r') by (rewrite E, E', app_assoc; auto).
        rewrite awaited_first; apply others_In; split; auto; apply in_or_app.
        destruct H as [H|[o [Io [W [Ko P]]]]]; [left; rewrite Et, view_stable in H; auto;
          [rewrite <- Et; auto|now left]|right].
        apply brought_in_In; exists o; split; [now apply P with l'|]; split; auto; intros Kn; apply Ko; unfold S_.
        rewrite Et; apply first_view; auto; [rewrite <- Et; auto|now left]. }
      induction 1 as [b Ib Rb|c b Rc IH Ib E]; intros N Bu Iv l r Et Jr Jb Un.
      - apply First with l; auto; left; apply Iv.
        unfold is_root in Rb; apply andb_true_iff in Rb; destruct Rb as [Rb _].
        apply (known_create t _ V u); auto; [|apply additions_change in Ib; apply Within; tauto].
        unfold of_user_up_to; rewrite N.eqb_refl; simpl; apply N.leb_le; lia.
      - destruct (in_dec op_eq_dec (by_op b) S_) as [Ks|Ks]; [apply First with l; auto|].
        apply additions_change in Ib; destruct Ib as [Io Ib].
        assert (W : what (by_op b) = Add (added b) /\ adder b = sender (by_op b)).
        { pose proof Ib as Ib'; unfold additions_of in Ib'; destruct (what (by_op b)) as [ms|y| |] eqn:W; simpl in Ib';
          try tauto.
          - exfalso; apply Ks; apply (known_create t _ V u); auto; [|unfold is_create; now rewrite W].
            unfold of_user_up_to; rewrite N.eqb_refl; simpl; apply N.leb_le; lia.
          - destruct Ib' as [Eb|[]]; rewrite <- Eb; simpl; auto. }
        destruct W as [W Ad]; set (o := by_op b) in *.
        unfold edge in E; apply orb_true_iff in E; destruct E as [E|E].
        { exfalso; apply andb_true_iff in E; destruct E as [E1 E2]; apply eqb_eq in E2; unfold is_root in E1.
          apply andb_true_iff in E1; destruct E1 as [E1 _]; rewrite <- E2 in E1; unfold is_create in E1; fold o in E1.
          rewrite W in E1; discriminate. }
        apply andb_true_iff in E; destruct E as [E Nc]; apply andb_true_iff in E; destruct E as [Ec Bc].
        apply N.eqb_eq in Ec; apply negb_true_iff in Nc; fold o in Bc.
        destruct (in_split _ _ Jb) as [l2 [r2 Er]]; destruct (in_split _ _ Jr) as [l' [r' Eu]].
        assert (Et2 : t = (l ++ l2) ++ o :: r2) by (rewrite Et, Er, app_assoc; auto).
        assert (Vo : valid (o :: r2)) by (apply suffix_valid with (l ++ l2); now rewrite <- Et2).
        assert (Ot : In o t) by auto.
        destruct (in_dec op_eq_dec u r2) as [J2|J2].
        + (* The add comes after the update: its sender is on the list. *)
          assert (Stable : forall x y, In y (o :: r2) -> before t x y = before (o :: r2) x y).
          { intros x y I; rewrite Et2; apply before_stable; auto; now rewrite <- Et2. }
          assert (Ex : added c = sender o) by congruence.
          assert (Nu : ~ In u (known r2 (of_user (added c)))).
          { intros Kn; apply knows_In in Kn; destruct Kn as [_ [one [J1 [S1 B1]]]].
            assert (Bo : before t one o = true).
            { apply same_sender_before; auto; [rewrite Et2; apply in_or_app; right; now right|congruence|].
              apply (valid_rises o r2); auto; congruence. }
            assert (before t u o = true); [|congruence].
            destruct B1 as [->|B1]; auto; apply before_trans with one; auto.
            rewrite Stable, older_before; auto; now right. }
          assert (Jc : In (by_op c) r2).
          { rewrite Stable in Bc; [|now left]; apply (before_written (o :: r2) (valid_NoDup _ Vo) o r2 []); auto. }
          assert (Ic : In (added c) (awaited r2 u)).
          { apply (IH) with (l := (l ++ l2) ++ [o]); auto.
            - intros Es; assert (before t u o = true); [|congruence].
              apply same_sender_before; auto; [congruence|]; apply (valid_rises o r2); auto; congruence.
            - destruct (before t u (by_op c)) eqn:B; auto; rewrite <- Bu; symmetry.
              now apply before_trans with (by_op c).
            - intros Kc; apply members_In; exists c; split; [|split; auto].
              + eapply reached_before with (large := K); eauto; intros x y _ Iy; now apply S_closed.
              + intros q Iq Rq; destruct (before t (by_op c) q) eqn:B; auto; exfalso; apply Ks.
                apply S_closed with q; auto; fold o; destruct (before t o q) eqn:B2; auto; rewrite <- Nc.
                unfold cancelled; apply existsb_exists; exists q; split; [now apply After|].
                rewrite Rq, B; fold o; now rewrite B2.
            - rewrite Et2, <- !app_assoc; auto. }
          rewrite Er; apply stays; [rewrite <- Er; apply suffix_valid with l; now rewrite <- Et|now right| |
            now rewrite <- Er].
          rewrite awaited_next; [|intros E2; now apply (older_not_new o r2 u)].
          unfold next; fold o in W; rewrite W.
          assert (X : existsb (N.eqb (sender o)) (awaited r2 u) = true); [|rewrite X; now left].
          apply existsb_exists; exists (added c); split; auto; rewrite Ex; apply N.eqb_refl.
        + (* It came before the update: its member is on the list from the beginning. *)
          apply First with l; auto; right; exists o; split; auto; split; auto; split; auto.
          intros l3 r3 E3; assert (Io3 : In o (l3 ++ u :: r3)) by (rewrite <- E3; auto).
          apply in_app_or in Io3; destruct Io3 as [I3|I3]; auto; exfalso; apply J2.
          apply in_split in I3; destruct I3 as [x [y E4]]; rewrite E3, E4, <- app_assoc in Er; simpl in Er.
          assert (Dr : NoDup (l2 ++ o :: r2)).
          { rewrite <- Er, app_comm_cons, app_assoc, <- E4, <- E3.
            apply valid_NoDup, suffix_valid with l; now rewrite <- Et. }
          assert (Eq : r2 = y ++ u :: r3); [|rewrite Eq; apply in_or_app; right; now left].
          apply (split_once o l2 r2 x); auto.
    Qed.

    (** [key-agreement.ack-once, causal-broadcast.acknowledges] Whoever is a member by anything that comes after
        a message, is not its sender, was not welcomed after it, and has not acknowledged it, is on its list. *)
    Theorem whom_it_awaits p : In p (members K (before t)) -> p <> sender u ->
      (forall a, In a (additions t) -> added a = p -> before t u (by_op a) = false) ->
      ~ In u (known t (of_user p)) -> In p (awaited t u).
    Proof.
      intros I N B Un; apply members_In in I; destruct I as [b [R [<- O]]].
      pose proof (Reach_In _ _ _ R) as Ib; apply additions_change in Ib; destruct Ib as [Ib Ic].
      assert (It : In b (additions t)) by (apply additions_change; split; auto).
      apply on_list with (l := []); auto; intros Ks; apply members_In; exists b; split; [|split; auto].
      eapply reached_before with (large := K); eauto; intros x y _ Iy; now apply S_closed.
    Qed.
  End Complete.

  (** ** Acknowledgements *)

  (** What was known to the sender of the newest message, of what is not an acknowledgement. *)
  Lemma known_before_it o r : valid (o :: r) -> exists K, (forall x, In x K <-> In x r /\ before (o :: r) x o = true) /\
    (is_change o = false -> member_view (o :: r) (sender o) (seqno o) = members K (before r)).
  Proof.
    intros V; exists (filter (fun x => before (o :: r) x o) r); split; [intros x; now rewrite filter_In|].
    intros C; unfold member_view; apply members_same.
    - intros x Cx; rewrite known_as_of, filter_In; auto; [|now left]; simpl; split; [|intuition].
      intros [I [->|B]]; [congruence|split; auto]; destruct I as [<-|I]; auto; congruence.
    - intros x y _ Iy _ Cy; apply known_as_of in Iy; auto; [|now left].
      rewrite older_before; auto; destruct Iy as [[<-|I] _]; auto; congruence.
  Qed.

  (** [key-agreement.ack-once, causal-broadcast.acknowledges] An acknowledgement by a member comes from one on the list
      exactly when its sender has not acknowledged the message before: so the list is all that has to be kept.
      Everybody who acknowledges for the first time is on it; whoever is on it and acknowledges is not refused
      by ack-once. *)
  Theorem acknowledges_rightly r o u : accepted r -> valid (o :: r) -> from_member r o -> In u r -> acks o u = true ->
    is_change u = true -> (In (sender o) (awaited r u) <-> ~ In u (known r (of_user (sender o)))).
  Proof.
    intros A V [M Fi] Iu Ac Cu; split; [intros I; now apply (on_the_list r u)|]; intros Un.
    assert (Co : is_change o = false) by (destruct (is_change o) eqn:E; auto; rewrite change_no_ack in Ac; auto).
    pose proof (valid_tail _ _ V) as Vr; pose proof (valid_NoDup _ Vr) as D.
    destruct (known_before_it o r V) as [K [HK Vw]]; rewrite (Vw Co) in M.
    assert (Bu : before (o :: r) u o = true).
    { apply direct_before; auto; [now right|now left|now apply (older_not_new o r)|]; unfold direct; rewrite Ac;
      apply orb_true_r. }
    assert (Trans : forall x, before r x u = true -> before (o :: r) x o = true).
    { intros x B; apply before_trans with u; auto; [now apply valid_NoDup|]; now rewrite older_before. }
    apply whom_it_awaits with (K := K); auto.
    - intros x I; now apply HK in I.
    - intros x I; apply known_as_of in I; auto; apply HK; destruct I as [I [->|B]]; auto.
    - intros E; apply Un, knows_In; split; auto; exists u; auto.
    - intros a Ia Ea; destruct (before r u (by_op a)) eqn:B; auto; exfalso.
      assert (Known : In (by_op a) (known r (of_user (sender o))) \/ by_op a = u).
      { destruct Fi as [[one [J S]]|[c [Ic [Acc [b [Ib Eb]]]]]].
        - left; destruct (began r one A J) as [b [Ib [Eb Kb]]]; rewrite S in *.
          rewrite (accepted_fresh r A a b); auto; congruence.
        - right; assert (c = u) as -> by (now apply (acked_unique o r)).
          rewrite <- (of_addition u b Ib); apply (accepted_fresh r A); auto; [|congruence].
          apply additions_change; rewrite (of_addition u b); auto. }
      destruct Known as [Kn|E]; [apply Un; now apply knows_closed with (by_op a)|].
      rewrite E, before_irrefl in B; auto; discriminate.
  Qed.

  (** [key-agreement.ack-once, causal-broadcast.acknowledges] With its acknowledgement a member leaves the list. *)
  Theorem leaves_the_list r o u : valid (o :: r) -> acks o u = true -> ~ In (sender o) (awaited (o :: r) u).
  Proof.
    intros V A; unfold acks in A; destruct (what o) as [| | |s q] eqn:W; try discriminate.
    apply andb_true_iff in A; destruct A as [A1 A2]; apply N.eqb_eq in A1, A2; subst s q.
    destruct (op_eq_dec o u) as [<-|Ne].
    - rewrite awaited_first; intros I; now apply others_In in I.
    - rewrite awaited_next; auto; unfold next; rewrite W, N.eqb_refl, Counts_own; intros I; apply others_In in I; tauto.
  Qed.

  (** [key-agreement.ack-once, causal-broadcast.acknowledges] Who has acknowledged a message
      never comes on its list again. *)
  Theorem off_for_good l r u p : accepted (l ++ r) -> In u r -> is_change u = true -> In u (known r (of_user p)) ->
    ~ In p (awaited (l ++ r) u).
  Proof.
    intros A I C K Ip; apply (on_the_list (l ++ r) u p) in Ip; auto; [|apply in_or_app; auto].
    destruct Ip as [_ [Un _]]; apply Un, knows_more_app; auto; now apply accepted_valid.
  Qed.

  (** [causal-broadcast.acknowledges] Of the members of our view a message awaits exactly those
      who are not its sender, were not welcomed after it, and have not acknowledged it. *)
  Theorem awaited_of_our_view t u p : accepted t -> In u t -> is_change u = true -> In p (members t (before t)) ->
    (In p (awaited t u) <-> p <> sender u /\ ~ In u (known t (of_user p)) /\
      exists a, In a (additions t) /\ added a = p /\ before t u (by_op a) = false).
  Proof.
    intros A I C M; split; [now apply on_the_list|]; intros [N [Un [a [Ia [Ea Ba]]]]].
    pose proof (accepted_valid t A) as V; apply whom_it_awaits with (K := t); auto.
    - apply incl_refl.
    - intros x K; now apply known_In in K.
    - intros b Ib Eb; rewrite <- Ba, (accepted_fresh t A a b); auto; congruence.
  Qed.

  (** ** Closing *)

  (** [causal-broadcast.acknowledges] A message with nobody on its list stays so, whatever comes. *)
  Theorem closed_for_good l r u : valid (l ++ r) -> In u r -> awaited r u = [] -> awaited (l ++ r) u = [].
  Proof.
    intros V I E; induction l as [|o l IH]; auto; simpl app in *; pose proof (valid_tail _ _ V) as Vt.
    rewrite awaited_next, IH; auto.
    - unfold next; destruct (what o); simpl; auto; now destruct (_ && _).
    - intros <-; apply (valid_fresh o (l ++ r) V), in_or_app; auto.
  Qed.

  (** [causal-broadcast.acknowledges] Closing loses nothing: no message that comes later acknowledges
      one that has nobody on its list any more. *)
  Theorem closing_loses_nothing o l r u : accepted (o :: l ++ r) -> In u r -> is_change u = true -> awaited r u = [] ->
    acks o u = false.
  Proof.
    intros A I C E; pose proof (accepted_valid _ A) as V; pose proof (valid_tail _ _ V) as Vt.
    destruct (acks o u) eqn:Ac; auto; exfalso; assert (It : In u (l ++ r)) by (apply in_or_app; auto).
    inversion A as [? ms W Im E'|? ? A' V' C' K]; subst; [destruct l; [destruct r; [destruct I|]|]; discriminate|].
    assert (X : In (sender o) (awaited (l ++ r) u)); [|now rewrite (closed_for_good l r u) in X].
    apply (acknowledges_rightly (l ++ r) o u); auto; [apply (k_member _ _ K)|now apply (k_once _ _ K)].
  Qed.

  (** [causal-broadcast.acknowledges] A message is closed when everybody who was added
      is its sender, has acknowledged it, or was welcomed after it. *)
  Theorem closed_when_all_have t u : accepted t -> In u t -> is_change u = true ->
    (forall a, In a (additions t) -> added a = sender u \/ In u (known t (of_user (added a))) \/
      before t u (by_op a) = true) -> awaited t u = [].
  Proof.
    intros A I C H; destruct (awaited t u) as [|p l] eqn:E; auto; exfalso.
    destruct (on_the_list t u p A I C) as [N [Un [a [Ia [Ea Ba]]]]]; [rewrite E; now left|].
    subst p; destruct (H a Ia) as [?|[?|?]]; auto; congruence.
  Qed.

  (** [causal-broadcast.acknowledges] And when it is closed, every member of our view
      is its sender, has acknowledged it, or was welcomed after it. *)
  Theorem closed_all_have t u p : accepted t -> In u t -> is_change u = true -> awaited t u = [] ->
    In p (members t (before t)) -> p = sender u \/ In u (known t (of_user p)) \/
      exists a, In a (additions t) /\ added a = p /\ before t u (by_op a) = true.
  Proof.
    intros A I C E M; destruct (N.eq_dec p (sender u)) as [|N]; auto.
    destruct (in_dec op_eq_dec u (known t (of_user p))) as [|Un]; auto.
    right; right; pose proof M as M'; apply members_In in M'; destruct M' as [a [R [Ea _]]]; apply Reach_In in R.
    exists a; split; auto; split; auto; destruct (before t u (by_op a)) eqn:B; auto; exfalso.
    assert (X : In p (awaited t u)); [|now rewrite E in X].
    apply awaited_of_our_view; auto; split; auto; split; auto; exists a; auto.
  Qed.

  (** ** What a new member need not learn *)

  (** [key-agreement.ack-once] Whoever acknowledges for the first time what the welcome of a new member covers
      does not have the new member as a member then: so that one need not know who is on the list. *)
  Theorem nothing_for_the_new r o u a : accepted r -> valid (o :: r) -> keeps r o -> In u r -> is_change u = true ->
    acks o u = true -> In a (additions r) -> before r u (by_op a) = true ->
    ~ In (added a) (member_view (o :: r) (sender o) (seqno o)).
  Proof.
    intros A V K Iu Cu Ac Ia B M; pose proof (valid_tail _ _ V) as Vr; pose proof (k_once _ _ K u Iu Ac) as Un.
    pose proof (valid_NoDup _ Vr) as D.
    assert (Co : is_change o = false) by (destruct (is_change o) eqn:E; auto; rewrite change_no_ack in Ac; auto).
    destruct (known_before_it o r V) as [L [HL Vw]]; rewrite (Vw Co) in M.
    apply members_In in M; destruct M as [b [R [Eb _]]]; apply Reach_In in R; apply additions_change in R.
    destruct R as [Ib Jb]; apply HL in Ib; destruct Ib as [Ib Bb].
    assert (E : by_op b = by_op a) by (apply (accepted_fresh r A); auto; apply additions_change; auto); rewrite E in *.
    assert (Kn : In (by_op a) (known (o :: r) (of_user (sender o)))).
    { apply knows_In; split; [now right|]; exists o; split; [now left|auto]. }
    assert (Cr : is_create (by_op a) = true -> False).
    { intros Z; rewrite (proj1 (create_first_of_all r Vr _ Ib Z)) in B; discriminate. }
    apply knows_new in Kn; auto; destruct Kn as [E'|[Kn|[Z|[c [Ic [Acc H]]]]]]; auto.
    - now apply (older_not_new o r (by_op a)).
    - apply Un; now apply knows_closed with (by_op a).
    - assert (c = u) as -> by (now apply (acked_unique o r)).
      destruct H as [H|H]; [rewrite H, before_irrefl in B; auto; discriminate|].
      rewrite (before_asym r D _ _ B) in H; discriminate.
  Qed.

  (** ** Cuts *)

  (** [causal-broadcast.cut] What a member of our view has taken of another, as far as its messages say,
      is what stands before the first message of that one that awaits it. *)
  Theorem cut_by_the_lists t p u : accepted t -> In u t -> is_change u = true -> In p (members t (before t)) ->
    p <> sender u -> (exists one, In one t /\ sender one = p) ->
    (In u (known t (of_user p)) <-> forall v, In v t -> is_change v = true -> sender v = sender u ->
      (seqno v <= seqno u)%N -> ~ In p (awaited t v)).
  Proof.
    intros A Iu0 C M N [one [J S]]; pose proof (accepted_valid t A) as V; split.
    - intros Kn v Iv Cv Sv L Ip; apply (on_the_list t v p) in Ip; auto; destruct Ip as [_ [Un _]]; apply Un.
      destruct (N.eq_dec (seqno v) (seqno u)) as [E|E]; [assert (v = u) as -> by (now apply (valid_unique t V)); auto|].
      apply (known_earliest t (of_user p) V v u); auto; lia.
    - intros H; destruct (in_dec op_eq_dec u (known t (of_user p))) as [|Un]; auto; exfalso.
      apply (H u Iu0 C eq_refl (N.le_refl _)); apply awaited_of_our_view; auto; split; auto; split; auto.
      destruct (began t one A J) as [a [Ia [Ea Ka]]]; rewrite S in *; exists a; split; auto; split; auto.
      destruct (before t u (by_op a)) eqn:B; auto; exfalso; apply Un; now apply knows_closed with (by_op a).
  Qed.
End Awaited.

(** [causal-broadcast.cut] What a member had taken as of its message is the same for everybody who has that message:
    so everybody computes the same cut. *)
Theorem cut_is_local f t h o u : valid h -> valid t ->
  (forall a b, In b h -> f b = true -> before h a b = true -> f a = true) ->
  (forall x, In x t <-> In x (filter f h)) -> In o t ->
  (In u (known_to t (sender o) (seqno o)) <-> In u (known_to h (sender o) (seqno o))).
Proof.
  intros V Vt Cl S Io; assert (Jo : In o (filter f h)) by now apply S.
  assert (Vf : valid (filter f h)) by now apply filter_valid.
  apply filter_In in Jo; destruct Jo as [Jo Fo]; rewrite !known_as_of; auto.
  rewrite (before_convergent t (filter f h)), (filter_before f h) by (auto; now apply S).
  rewrite S, filter_In; split; [tauto|]; intros [Iu H]; split; auto; split; auto.
  destruct H as [->|H]; auto; now apply Cl with o.
Qed.

(** [causal-broadcast.acknowledges] The two chapters keep the same lists. *)
Theorem same_lists t u p : accepted t -> In u t -> is_change u = true ->
  (In p (awaited N.eqb t u) <-> In p (awaited N.leb t u)).
Proof.
  intros A; revert u p; induction A as [z ms W Im|o r A IH V C K]; intros u p Iu Cu.
  { destruct Iu as [<-|[]]; now rewrite !awaited_first. }
  destruct (op_eq_dec o u) as [<-|Ne]; [now rewrite !awaited_first|].
  destruct Iu as [E|Iu]; [congruence|].
  assert (A' : accepted (o :: r)) by now apply accepted_more.

  pose proof (on_the_list N.eqb N.eqb_refl (o :: r) u p A' (or_intror Iu) Cu) as On.
  rewrite awaited_next in On; auto; rewrite !awaited_next; auto; unfold next in *.
  destruct (what o) as [ms|y|v|s q] eqn:W; auto.
  - assert (E : existsb (N.eqb (sender o)) (awaited N.eqb r u) = existsb (N.eqb (sender o)) (awaited N.leb r u)).
    { apply bool_ext; rewrite !existsb_exists; split; intros [x [I E]]; exists x; split; auto; now apply IH. }
    rewrite E; pose proof (IH u p Iu Cu) as Q; destruct (existsb (N.eqb (sender o)) (awaited N.leb r u)); simpl; tauto.
  - destruct (N.eqb_spec s (sender u)) as [Es|Ns]; simpl in *; auto.
    destruct (N.eqb_spec (seqno u) q) as [->|Nq]; simpl in *;
      [rewrite N.leb_refl, !others_In; now rewrite (IH u p Iu Cu)|].
    destruct (N.leb_spec (seqno u) q) as [L|L]; auto; rewrite others_In, <- (IH u p Iu Cu).
    split; [|tauto]; intros I; split; auto; intros ->; destruct (On I) as [_ [Un _]]; apply Un.
    destruct (valid_ack (o :: r) V o s q (or_introl eq_refl) W) as [c [[<-|Ic] [Cc [Sc Qc]]]];
      [unfold is_change in Cc; rewrite W in Cc; discriminate|].
    apply knows_acked with c; auto; [unfold acks; rewrite W, Sc, Qc, !N.eqb_refl; auto|]; right.
    apply same_sender_before; auto; [now apply valid_tail in V|congruence|lia].
Qed.

(** ** Acknowledging at once *)

(** What a member has taken, who takes messages in causal order and acknowledges each at once: it begins with a create,
    its own or acknowledged, or with its addition, after what its adder had taken. *)
Definition ack_of (p : user) (n : N) (c : op) : op := Op p n (Ack (sender c) (seqno c)).
Inductive log : user -> history -> Prop :=
| log_creates o : valid [o] -> log (sender o) [o]
| log_created p n o : valid [ack_of p n o; o] -> log p [ack_of p n o; o]
| log_joins p n a t : log (sender a) t -> what a = Add p -> valid (ack_of p n a :: a :: t) ->
    log p (ack_of p n a :: a :: t)
| log_sends o t : log (sender o) t -> is_change o = true -> valid (o :: t) -> log (sender o) (o :: t)
| log_takes p n c t : log p t -> sender c <> p -> is_change c = true -> valid (ack_of p n c :: c :: t) ->
    log p (ack_of p n c :: c :: t)
| log_hears p o t : log p t -> sender o <> p -> is_change o = false -> valid (o :: t) -> log p (o :: t).

(** [key-agreement.ack-complete] Who takes messages in causal order and acknowledges each at once knows by its own
    messages all that it has taken: so it acknowledges nothing before it knows what is before that. *)
Theorem at_once p t : log p t -> forall d, In d t -> is_change d = true -> In d (known t (of_user p)).
Proof.
  assert (Own : forall o r, In o (known (o :: r) (of_user (sender o)))).
  { intros o r; apply knows_In; split; [now left|]; exists o; split; [now left|auto]. }
  assert (Acked : forall q n c r, valid (ack_of q n c :: c :: r) -> forall x, x = c \/ before (c :: r) x c = true ->
    In x (known (ack_of q n c :: c :: r) (of_user q))).
  { intros q n c r V x H; apply (knows_acked (ack_of q n c) (c :: r) c x); auto; [now left|].
    unfold acks; simpl; now rewrite !N.eqb_refl. }
  induction 1 as [o V|q n o V|q n a t L IH W V|o t L IH C V|q n c t L IH N C V|q o t L IH N C V]; intros d I Cd.
  - destruct I as [<-|[]]; apply Own.
  - destruct I as [<-|[<-|[]]]; [discriminate|]; now apply Acked; auto.
  - destruct I as [<-|[<-|I]]; [discriminate|now apply Acked; auto|]; apply Acked; auto; right.
    specialize (IH d I Cd); pose proof (valid_tail _ _ V) as Va; apply knows_In in IH.
    destruct IH as [_ [one [J [S B]]]].
    assert (Bo : before (a :: t) one a = true).
    { apply same_sender_before; auto; [now right|now left|]; now apply (valid_rises a t). }
    destruct B as [->|B]; auto; apply before_trans with one; auto; [now apply valid_NoDup|now rewrite older_before].
  - destruct I as [<-|I]; [apply Own|]; apply knows_more; auto.
  - destruct I as [<-|[<-|I]]; [discriminate|now apply Acked; auto|].
    apply knows_more; auto; apply knows_more; [now apply valid_tail in V|auto].
  - destruct I as [<-|I]; [congruence|]; apply knows_more; auto.
Qed.

(** [key-agreement.ack-complete] So its acknowledgement keeps to the clause in the history of everybody who has it:
    its own messages before it say that it knew whatever is before the message that it acknowledges. *)
Theorem at_once_there h f p n c t : valid h ->
  (forall a b, In b h -> f b = true -> before h a b = true -> f a = true) ->
  log p t -> valid (ack_of p n c :: c :: t) -> (forall x, In x (c :: t) <-> In x (filter f h)) ->
  forall d, is_change d = true -> before h d c = true ->
    exists one, In one h /\ sender one = p /\ (seqno one < n)%N /\ (d = one \/ before h d one = true).
Proof.
  intros V Cl L Va S d Cd B; pose proof (valid_tail _ _ Va) as Vc; pose proof (filter_valid f h V Cl) as Vf.
  assert (Same : forall a b, In b (c :: t) -> before (c :: t) a b = before h a b).
  { intros a b I; rewrite (before_convergent (c :: t) (filter f h)); auto; apply filter_before; auto; now apply S. }
  assert (Ic : In c (c :: t)) by now left.
  assert (Id : In d t).
  { assert (X : before (c :: t) d c = true) by (rewrite Same; auto); pose proof (valid_NoDup _ Vc) as D.
    destruct (before_In (c :: t) D d c X) as [[E|I] _]; auto; subst d; rewrite before_irrefl in X; auto; discriminate. }
  pose proof (at_once p t L d Id Cd) as K; apply knows_In in K; destruct K as [_ [one [I [E K]]]].
  assert (It : In one (c :: t)) by now right.
  exists one; split; [apply S, filter_In in It; tauto|]; split; auto; split.
  - apply (valid_rises (ack_of p n c) (c :: t) Va one); auto.
  - destruct K as [->|K]; auto; right; rewrite <- Same, older_before; auto.
Qed.

(** [key-agreement.ack-once] And it acknowledges each message of another that it takes, but what its welcome covers:
    so whoever is on a list acknowledges when it takes the message. *)
Theorem acknowledges_all p t : log p t -> forall d, In d t -> is_change d = true -> sender d = p \/
  (exists o, In o t /\ sender o = p /\ acks o d = true) \/
  (exists a, In a (additions t) /\ added a = p /\ before t d (by_op a) = true).
Proof.
  assert (Ack_ : forall q n c, sender (ack_of q n c) = q /\ acks (ack_of q n c) c = true).
  { intros q n c; split; auto; unfold acks; simpl; now rewrite !N.eqb_refl. }
  assert (More : forall q o r d, valid (o :: r) -> sender d = q \/
    (exists x, In x r /\ sender x = q /\ acks x d = true) \/
    (exists a, In a (additions r) /\ added a = q /\ before r d (by_op a) = true) -> sender d = q \/
    (exists x, In x (o :: r) /\ sender x = q /\ acks x d = true) \/
    (exists a, In a (additions (o :: r)) /\ added a = q /\ before (o :: r) d (by_op a) = true)).
  { intros q o r d V [H|[[x [I H]]|[a [I [E B]]]]]; auto; right; [left; exists x; split; auto; now right|right].
    exists a; apply additions_change in I; rewrite additions_change, older_before; simpl; tauto. }
  induction 1 as [o V|q n o V|q n a t L IH W V|o t L IH C V|q n c t L IH N C V|q o t L IH N C V]; intros d I Cd.
  - destruct I as [<-|[]]; auto.
  - destruct I as [<-|[<-|[]]]; [discriminate|]; right; left; exists (ack_of q n o); split; [now left|auto].
  - destruct I as [<-|[<-|I]]; [discriminate| |]; right;
      [left; exists (ack_of q n a); split; [now left|auto]|right].
    pose proof (valid_tail _ _ V) as Va; exists (Addition (sender a) q a); rewrite additions_change; simpl.
    split; [split; [now right; left|unfold additions_of; rewrite W; now left]|]; split; auto.
    pose proof (at_once _ _ L d I Cd) as K; apply knows_In in K; destruct K as [_ [one [J [S B]]]].
    rewrite older_before; [|auto|now left].
    assert (Bo : before (a :: t) one a = true).
    { apply same_sender_before; auto; [now right|now left|]; now apply (valid_rises a t). }
    destruct B as [->|B]; auto; apply before_trans with one; auto; [now apply valid_NoDup|now rewrite older_before].
  - destruct I as [<-|I]; auto.
  - destruct I as [<-|[<-|I]]; [discriminate| |].
    + right; left; exists (ack_of q n c); split; [now left|auto].
    + apply More; auto; apply More; [now apply valid_tail in V|auto].
  - destruct I as [<-|I]; [congruence|]; apply More; auto.
Qed.

(** ** Examples *)

Definition keeps_all (r : history) (o : op) : bool :=
  let own := known r (of_user (sender o)) in
  let has := existsb (fun one => N.eqb (sender one) (sender o)) r in
  existsb (N.eqb (sender o)) (member_view (o :: r) (sender o) (seqno o)) &&
  (has || existsb (fun c => acks o c && existsb (fun a => N.eqb (added a) (sender o)) (additions_of c)) r) &&
  forallb (fun c => negb (acks o c) || (negb (mem c own) &&
    (negb has || forallb (fun d => negb (is_change d && before r d c) || mem d own) r))) r &&
  match what o with Add y => forallb (fun a => negb (N.eqb (added a) y)) (additions r) | _ => true end.

Lemma keeps_all_right r o : valid r -> keeps_all r o = true -> keeps r o.
Proof.
  intros V H; unfold keeps_all in H; apply andb_true_iff in H; destruct H as [H Hf]; apply andb_true_iff in H;
    destruct H as [H Ha]; apply andb_true_iff in H; destruct H as [Hm Hb]; rewrite forallb_forall in Ha.
  assert (Has : forall P : Prop, (exists one, In one r /\ sender one = sender o) ->
    existsb (fun one => N.eqb (sender one) (sender o)) r = true).
  { intros _ [one [I S]]; apply existsb_exists; exists one; split; auto; now apply N.eqb_eq. }
  constructor.
  - split; [apply existsb_exists in Hm; destruct Hm as [x [I E]]; apply N.eqb_eq in E; now subst|].
    apply orb_true_iff in Hb; destruct Hb as [Hb|Hb]; apply existsb_exists in Hb; destruct Hb as [c [I E]].
    + left; exists c; split; auto; now apply N.eqb_eq.
    + right; apply andb_true_iff in E; destruct E as [E1 E2]; exists c; repeat split; auto.
      apply existsb_exists in E2; destruct E2 as [a [J E2]]; exists a; split; auto; now apply N.eqb_eq.
  - intros c I A K; specialize (Ha c I); rewrite A in Ha; simpl in Ha; apply andb_true_iff in Ha; destruct Ha as [Ha _].
    apply negb_true_iff in Ha; apply mem_In in K; congruence.
  - intros c I A Own d Cd B; specialize (Ha c I); rewrite A, (Has True Own) in Ha; simpl in Ha.
    apply andb_true_iff in Ha; destruct Ha as [_ Ha]; rewrite forallb_forall in Ha.
    assert (Id : In d r) by (apply before_In in B; [tauto|now apply valid_NoDup]); specialize (Ha d Id).
    rewrite Cd, B in Ha; simpl in Ha; now apply mem_In.
  - intros y W a I E; rewrite W in Hf; rewrite forallb_forall in Hf; specialize (Hf a I); rewrite E, N.eqb_refl in Hf;
    discriminate.
Qed.

Fixpoint accepts_all (t : history) : bool :=
  match t with
  | [] => false
  | [o] => match refusal [] o with None => true | Some _ => false end
  | o :: r => accepts_all r && (match refusal r o with None => true | Some _ => false end) && keeps_all r o
  end.
Lemma accepts_all_right t : accepts_all t = true -> accepted t.
Proof.
  induction t as [|o r IH]; [discriminate|]; intros H; destruct r as [|z r].
  - simpl in H; destruct (refusal [] o) eqn:R; [discriminate|]; apply (refusal_none [] o valid_nil) in R.
    inversion R as [|? ms W I|? ? _ N]; subst; [now apply accepted_create with ms|congruence].
  - change (accepts_all (z :: r) && (match refusal (z :: r) o with None => true | Some _ => false end) &&
      keeps_all (z :: r) o = true) in H.
    apply andb_true_iff in H; destruct H as [H Hk]; apply andb_true_iff in H; destruct H as [Ht Hr].
    pose proof (IH Ht) as A; pose proof (accepted_valid _ A) as V; destruct (refusal (z :: r) o) eqn:R; [discriminate|].
    apply (refusal_none (z :: r) o V) in R; apply accepted_more; auto; [|now apply keeps_all_right].
    now apply valid_no_create with (z :: r).
Qed.

(** A, B and C are 1, 2 and 3, and nobody is 0: B updates; A, who has not seen it, removes C;
    C acknowledges the update, and then the removal reaches it. *)
Definition removed_meanwhile : history :=
  [Op 1 3 (Ack 2 2); Op 2 3 (Ack 1 2); Op 1 2 (Remove 3); Op 2 2 (Remove 0);
   Op 3 1 (Ack 1 1); Op 2 1 (Ack 1 1); Op 1 1 (Create [1; 2; 3])]%N.
Definition the_update : op := (Op 2 2 (Remove 0))%N.

(** [causal-broadcast.acknowledges] There is no safe way to give a silent member up: one who is no member of our view
    any more can be the last one on a list, and acknowledge. *)
Theorem a_removed_member_acknowledges :
  let o := (Op 3 2 (Ack 2 2))%N in
  accepted (o :: removed_meanwhile) /\ members removed_meanwhile (before removed_meanwhile) = [1; 2]%N /\
  awaited N.leb removed_meanwhile the_update = [3%N] /\ awaited N.leb (o :: removed_meanwhile) the_update = [].
Proof. split; [apply accepts_all_right; vm_compute; reflexivity|vm_compute; auto]. Qed.

(** A removes B; B, who does not know it, adds D, which is 4; C knows of the removal and updates. *)
Definition brought_in_first : history :=
  [Op 3 3 (Remove 0); Op 3 2 (Ack 1 2); Op 1 2 (Remove 2); Op 2 2 (Add 4);
   Op 3 1 (Ack 1 1); Op 2 1 (Ack 1 1); Op 1 1 (Create [1; 2; 3])]%N.
Definition brought_in_last : history :=
  [Op 2 2 (Add 4); Op 3 3 (Remove 0); Op 3 2 (Ack 1 2); Op 1 2 (Remove 2);
   Op 3 1 (Ack 1 1); Op 2 1 (Ack 1 1); Op 1 1 (Create [1; 2; 3])]%N.

(** [causal-broadcast.acknowledges] A list may have one who acknowledges nothing: whom a member has brought in that was
    removed by what the sender of the message knew. So two who have taken the same may have different lists;
    of those whom anybody has as members who has taken the message, they have the same (whom_it_awaits). *)
Theorem a_list_may_have_more :
  let u := (Op 3 3 (Remove 0))%N in
  accepted brought_in_first /\ accepted brought_in_last /\
  (forall o, In o brought_in_first <-> In o brought_in_last) /\
  awaited N.leb brought_in_first u = [1; 4]%N /\ awaited N.leb brought_in_last u = [1]%N.
Proof.
  split; [|split; [|split]]; try (apply accepts_all_right; vm_compute; reflexivity); [|vm_compute; auto].
  intros o; unfold brought_in_first, brought_in_last; simpl; tauto.
Qed.
