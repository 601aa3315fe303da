(** Removal is for good: who is out, by a set of operations that has its addition, is out by every larger one. *)
From Coq Require Import List NArith Arith Bool Lia.
From Conclave Require Import GroupMembership MembershipOrder MembershipMembers MembershipRemoval.
Import ListNotations.

Section Larger.
  Variables (small large : list op) (B : op -> op -> bool).
  Hypothesis Within : incl small large.
  Hypothesis Closed : forall x y, In x large -> In y small -> B x y = true -> In x small.

  (** What is reached by more, and was there before, was reached before. *)
  Lemma reached_before a : Reach large B a -> In (by_op a) small -> Reach small B a.
  Proof.
    induction 1 as [a I E|a b R IH I E]; intros S.
    - apply Reach_root; auto; apply additions_change in I; apply additions_change; tauto.
    - assert (Ib : In b (additions small)) by (apply additions_change in I; apply additions_change; tauto).
      pose proof (Reach_In _ _ _ R) as Ia; apply additions_change in Ia; destruct Ia as [Ia _].
      unfold edge in E; apply orb_true_iff in E; destruct E as [E|E].
      + apply Reach_edge with a; auto; [|unfold edge; now rewrite E].
        apply IH; apply andb_true_iff in E; destruct E as [_ E]; apply eqb_eq in E; now rewrite <- E.
      + apply andb_true_iff in E; destruct E as [E E2]; pose proof E as E'; apply andb_true_iff in E';
        destruct E' as [_ E1].
        apply Reach_edge with a; auto; [apply IH; now apply Closed with (by_op b)|].
        unfold edge; apply orb_true_iff; right; rewrite E; simpl; apply negb_true_iff in E2; apply negb_true_iff.
        destruct (cancelled small B a b) eqn:C; auto; rewrite <- E2; symmetry; unfold cancelled in *.
        apply existsb_exists in C; destruct C as [r [Ir H]]; apply existsb_exists; exists r; auto.
  Qed.

  (** [membership.members] Who is out by a closed set of operations that has its addition is out by every larger one,
      where it is added once. *)
  Theorem out_stays_out u : (forall a b, In a (additions large) -> In b (additions large) -> added a = u ->
    added b = u -> by_op a = by_op b) ->
    (exists a, In a (additions small) /\ added a = u) -> In u (members large B) -> In u (members small B).
  Proof.
    intros F [a [Ia Ea]]; rewrite !members_In; intros [b [R [Eb O]]]; exists b.
    assert (Il : In a (additions large)) by (apply additions_change in Ia; apply additions_change; intuition).
    assert (S : In (by_op b) small).
    { rewrite (F b a); auto; [now apply additions_change in Ia|now apply Reach_In in R]. }
    split; [now apply reached_before|]; split; auto.
  Qed.
End Larger.

(** [membership.view] Removal is for good: where nobody is added twice,
    one who is not in the view as of a message that comes after its addition is in no view as of a later message. *)
Theorem out_for_good h : valid h -> fresh h -> forall o o' u, In o h -> In o' h -> (o = o' \/ before h o o' = true) ->
  (exists a, In a (additions h) /\ added a = u /\ (by_op a = o \/ before h (by_op a) o = true)) ->
  ~ In u (member_view h (sender o) (seqno o)) -> ~ In u (member_view h (sender o') (seqno o')).
Proof.
  intros V F o o' u Io Io' L [a [Ia [Ea Ba]]] Out In'; apply Out; clear Out; unfold member_view in *.
  pose proof (valid_NoDup _ V) as D.
  assert (Sub : forall m n, incl (known_to h m n) h) by (intros m n x I; now apply known_In in I).
  eapply out_stays_out; [| | | |exact In'].
  - intros x I; rewrite known_as_of in *; auto; destruct I as [I H]; split; auto.
    destruct L as [<-|L]; auto; right; destruct H as [->|H]; auto; now apply before_trans with o.
  - intros x y _ Iy Bxy; eapply known_closed; eauto.
  - intros b c Ib Ic Eb Ec; apply F; [| |congruence]; apply additions_change in Ib, Ic; apply additions_change;
    split; try tauto; eapply Sub; [apply Ib|apply Ic].
  - exists a; split; auto; apply additions_change in Ia; apply additions_change; rewrite known_as_of; intuition.
Qed.

(** [membership.members] Removal is for good: where nobody is added twice,
    one who is not in the view as of a message that comes after its addition is no member after all operations. *)
Theorem out_of_all h : valid h -> fresh h -> forall o u, In o h ->
  (exists a, In a (additions h) /\ added a = u /\ (by_op a = o \/ before h (by_op a) o = true)) ->
  ~ In u (member_view h (sender o) (seqno o)) -> ~ In u (members h (before h)).
Proof.
  intros V F o u Io [a [Ia [Ea Ba]]] Out In'; apply Out; unfold member_view.
  eapply out_stays_out; [| | | |exact In'].
  - intros x I; now apply known_In in I.
  - intros x y _ Iy B; eapply known_closed; eauto; now apply valid_NoDup.
  - intros b c Ib Ic Eb Ec; apply F; auto; congruence.
  - exists a; split; auto; apply additions_change in Ia; apply additions_change; rewrite known_as_of; intuition.
Qed.
