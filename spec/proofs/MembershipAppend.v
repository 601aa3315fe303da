(** The two shortcuts that the reference takes where it keeps knowledge up to date. *)
From Coq Require Import List NArith Arith Bool Lia.
From Conclave Require Import GroupMembership MembershipOrder MembershipMembers MembershipKept.
Import ListNotations.

(** As knowledge is written: the unknown are below the length, and ascend. *)
Definition well_written (k : knowledge) : Prop := unknown k = filter (fun i => nat_mem i (unknown k)) (seq 0 (len k)).

Lemma written_well f n : well_written (written f n).
Proof.
  unfold well_written, written; cbn [len unknown]; apply filter_ext_in; intros i I; apply in_seq in I; apply bool_ext.
  rewrite nat_mem_In, filter_In, in_seq; intuition.
Qed.

(** What the sender of a new change did not know: what was unknown, and all from the length on. *)
Definition fast_unknown (k : knowledge) (n : nat) : list nat := unknown k ++ seq (len k) (n - len k).

(** [membership.kept] What the reference writes as unknown to the sender of a new change is what the definition says. *)
Theorem fast_unknown_right k n : well_written k -> len k <= n ->
  fast_unknown k n = filter (fun i => negb (knows k i)) (seq 0 n).
Proof.
  intros W L; unfold fast_unknown; replace n with (len k + (n - len k)) at 2 by lia; rewrite seq_app, filter_app;
    f_equal.
  - unfold well_written in W; rewrite W at 1; apply filter_ext_in; intros i I; apply in_seq in I; unfold knows.
    assert (X : i <? len k = true) by (apply Nat.ltb_lt; lia); rewrite X; simpl; now rewrite negb_involutive.
  - assert (G : forall l, (forall i, In i l -> len k <= i) -> filter (fun i => negb (knows k i)) l = l).
    { induction l as [|i l IH]; intros H; simpl; auto.
      assert (X : i <? len k = false) by (apply Nat.ltb_ge, H; now left); unfold knows at 1; rewrite X; simpl;
        f_equal; apply IH; intros; apply H; now right. }
    symmetry; apply G; intros i I; apply in_seq in I; lia.
Qed.

(** What is known to one or the other: of what is unknown to the longer, what is unknown to the shorter too. *)
Definition fast_union (a b : knowledge) : knowledge :=
  let (shorter, longer) := if len a <? len b then (a, b) else (b, a) in
  Knowledge (len longer) (filter (fun i => (len shorter <=? i) || nat_mem i (unknown shorter)) (unknown longer)).

Lemma filter_filter {A} (f g : A -> bool) l : filter f (filter g l) = filter (fun x => g x && f x) l.
Proof. induction l as [|x l IH]; simpl; auto; destruct (g x); simpl; [destruct (f x)|]; now rewrite ?IH. Qed.

(** [membership.kept] What the reference computes as known to one or the other is what the definition says. *)
Theorem fast_union_right a b : well_written a -> well_written b -> fast_union a b = union a b.
Proof.
  assert (G : forall s l, well_written l -> len s <= len l ->
    Knowledge (len l) (filter (fun i => (len s <=? i) || nat_mem i (unknown s)) (unknown l)) =
    Knowledge (len l) (filter (fun i => negb (knows s i) && negb (knows l i)) (seq 0 (len l)))).
  { intros s l W L; f_equal; unfold well_written in W; rewrite W at 1; rewrite filter_filter; apply filter_ext_in;
    intros i I; apply in_seq in I; unfold knows.
    assert (X : i <? len l = true) by (apply Nat.ltb_lt; lia); rewrite X; simpl;
      rewrite negb_involutive, negb_andb, negb_involutive, andb_comm; f_equal; f_equal.
    rewrite Nat.leb_antisym; auto. }
  intros Wa Wb; unfold fast_union, union; destruct (Nat.ltb_spec (len a) (len b)) as [L|L].
  - rewrite Nat.max_r by lia; apply G; auto; lia.
  - rewrite Nat.max_l by lia; rewrite G; auto; f_equal; apply filter_ext; intros i; apply andb_comm.
Qed.

(** [membership.kept] What is kept of senders is of the form that the reference's shortcuts ask for. *)
Theorem kept_well h : valid h -> forall m, well_written (prior (keep h) m) /\
  len (prior (keep h) m) <= length (changes h).
Proof.
  intros V m; rewrite (prior_written (keep h) h m V (rules_sound h V)); split; [apply written_well|apply last_true_le].
Qed.

(** [membership.kept] What is kept of changes is of the form that the reference's shortcuts ask for. *)
Theorem kept_at_well h : valid h -> forall p k, knowledge_at (keep h) p = Some k -> well_written k.
Proof.
  intros V p k; destruct (rules_sound h V) as [SE _]; unfold knowledge_at; rewrite SE, kept_nth.
  destruct (nth_error (changes h) p); simpl; [|discriminate]; intros E; injection E as <-; unfold well_written;
    cbn [len unknown].
  rewrite seq_S, filter_app; simpl.
  assert (X : nat_mem p (unknown_to h p) = false).
  { destruct (nat_mem p (unknown_to h p)) eqn:X; auto; apply nat_mem_In in X; unfold unknown_to in X;
    apply filter_In in X; destruct X as [X _]; apply in_seq in X; lia. }
  rewrite X, app_nil_r; unfold unknown_to at 1; apply filter_ext_in; intros i I; apply in_seq in I; apply bool_ext.
  unfold unknown_to; rewrite nat_mem_In, filter_In, in_seq; intuition.
Qed.
