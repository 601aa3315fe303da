(** What causal broadcast gives group membership: no hole,
    so that everybody who has taken a message has the same view of its sender as of it. *)
From Coq Require Import List NArith Arith Bool Lia.
From Conclave Require Import GroupMembership MembershipOrder MembershipMembers MembershipRemoval.
From Conclave Require CausalBroadcast.
Import ListNotations.
Module Broadcast := CausalBroadcast.

Section Receiver.
  (** All operations of a group, and the messages that one receiver has taken, with its own ones as if they had come.
      It was there from the create on; or its messages are those that its adder had, and then its own (goes_on). *)
  Variables (h : history) (taken : list Broadcast.message).
  Hypothesis V : valid h.
  Let nobody : nat -> nat := fun _ => 0.
  Hypothesis Ordered : Broadcast.ordered nobody taken.

  (** The message of an operation has its sender and number, and acknowledges what it acknowledges.
      Numbers begin with 1. *)
  Definition is_message_of (o : op) (m : Broadcast.message) : Prop :=
    Broadcast.sender m = N.to_nat (sender o) /\ Broadcast.number m = N.to_nat (seqno o) /\
    forall s q, what o = Ack s q -> In (N.to_nat s, N.to_nat q) (Broadcast.acknowledges m).
  Hypothesis Messages : forall m o, In m taken -> In o h -> Broadcast.sender m = N.to_nat (sender o) ->
    Broadcast.number m = N.to_nat (seqno o) -> is_message_of o m.
  Hypothesis Numbers : forall o, In o h -> (1 <= seqno o)%N.

  Definition has (o : op) : bool :=
    existsb (fun m => Nat.eqb (Broadcast.sender m) (N.to_nat (sender o)) && Nat.eqb (Broadcast.number m) (N.to_nat
      (seqno o))) taken.
  Hypothesis Has_create : forall o, In o h -> is_create o = true -> has o = true.

  Lemma has_iff o : has o = true <-> exists m, In m taken /\ Broadcast.sender m = N.to_nat (sender o) /\
    Broadcast.number m = N.to_nat (seqno o).
  Proof.
    unfold has; rewrite existsb_exists; split; intros [m [I E]]; exists m; split; auto.
    - apply andb_true_iff in E; destruct E as [E1 E2]; now apply Nat.eqb_eq in E1, E2.
    - apply andb_true_iff; split; now apply Nat.eqb_eq.
  Qed.

  (** What a receiver has taken is a closed part of all operations: whatever is before one that it has, it has too. *)
  Theorem taken_is_closed a b : In b h -> has b = true -> before h a b = true -> has a = true.
  Proof.
    intros _ Hb B; apply before_is_closure in B; auto; revert Hb; induction B as [a b Ia Ib N D|a b c L1 IH1 L2 IH2];
      auto.
    intros Hb; apply has_iff in Hb; destruct Hb as [m [Im [Es En]]].
    destruct (Messages m b Im Ib Es En) as [_ [_ Acks]]; pose proof (Numbers a Ia) as Na.
    destruct (in_split _ _ Im) as [l1 [l2 El]]; rewrite El in Ordered.
    unfold direct in D; apply orb_true_iff in D; destruct D as [D|D]; [apply orb_true_iff in D; destruct D as [D|D]|].
    - now apply Has_create.
    - apply andb_true_iff in D; destruct D as [D1 D2]; apply N.eqb_eq in D1; apply N.ltb_lt in D2.
      destruct (Broadcast.no_holes nobody l1 m l2 Ordered (N.to_nat (seqno a))) as [x [Ix [Ex Nx]]]; [unfold nobody;
        lia|].
      apply has_iff; exists x; split; [rewrite El; apply in_or_app; right; now right|]; split; congruence.
    - unfold acks in D; destruct (what b) as [| | |s q] eqn:W; try discriminate.
      apply andb_true_iff in D; destruct D as [D1 D2]; apply N.eqb_eq in D1, D2; subst s q.
      destruct (Broadcast.after_acknowledged nobody l1 m l2 Ordered _ _ (Acks _ _ eq_refl)) as [x [Ix [Ex Nx]]];
        [unfold nobody; lia|].
      apply has_iff; exists x; split; [rewrite El; apply in_or_app; right; now right|auto].
  Qed.

  (** [membership.view] Whatever has come to a receiver by causal broadcast from the create on,
      and in whatever order it has recorded that, it has the same view as of each message as whoever has all. *)
  Theorem view_by_broadcast mine : valid mine -> (forall x, In x mine <-> In x h /\ has x = true) ->
    forall o, In o mine -> member_view mine (sender o) (seqno o) = member_view h (sender o) (seqno o).
  Proof.
    intros Vm S; apply view_is_local with (f := has); auto; [exact taken_is_closed|].
    intros x; now rewrite filter_In, S.
  Qed.
End Receiver.

(** [membership.view] So has a new member, that has recorded what its adder had taken with the add
    and what has come to itself since. *)
Corollary view_of_the_added h base own adder : valid h -> (forall x, base x = Broadcast.seen (fun _ => 0) adder x) ->
  Broadcast.ordered (fun _ => 0) adder -> Broadcast.ordered base own ->
  (forall m o, In m (own ++ adder) -> In o h -> Broadcast.sender m = N.to_nat (sender o) ->
    Broadcast.number m = N.to_nat (seqno o) -> is_message_of o m) ->
  (forall o, In o h -> (1 <= seqno o)%N) -> (forall o, In o h -> is_create o = true -> has (own ++ adder) o = true) ->
  forall mine, valid mine -> (forall x, In x mine <-> In x h /\ has (own ++ adder) x = true) ->
  forall o, In o mine -> member_view mine (sender o) (seqno o) = member_view h (sender o) (seqno o).
Proof.
  intros V B A O M N C mine Vm S; apply view_by_broadcast with (own ++ adder); auto.
  now apply Broadcast.goes_on with base.
Qed.
