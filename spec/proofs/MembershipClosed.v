(** The check that what somebody knows is closed (chapter "key-agreement", "what a new member takes on trust"),
    as the reference makes it. *)
From Coq Require Import List NArith Arith Bool Lia.
From Conclave Require Import GroupMembership MembershipOrder MembershipMembers MembershipKept MembershipRemoval.
Import ListNotations.

(** [missing j]: what the change [j] does not know of those at lower positions. *)
Section Check.
  Variable missing : nat -> list nat.

  Definition bef (i j : nat) : Prop := i < j /\ ~ In i (missing j).
  Definition closed (k : knowledge) : Prop := forall i j, knows k j = true -> bef i j -> knows k i = true.

  Definition knows_before (u : list nat) (at_ : nat) : bool := forallb (fun i => Nat.ltb at_ i || nat_mem i (missing
    at_)) u.
  Definition is_closed (k : knowledge) : bool :=
    match unknown k with
    | [] => true
    | _ =>
        let latest := pred (last_true (fun i => negb (nat_mem i (unknown k))) (len k)) in
        forallb (knows_before (unknown k)) (latest :: filter (fun i => negb (nat_mem i (unknown k))) (missing latest))
    end.

  (** What has been checked of each change when it was its turn. *)
  Hypothesis Lower : forall j i, In i (missing j) -> i < j.
  Hypothesis Each : forall h i j, bef h i -> bef i j -> bef h j.

  (** [key-agreement.welcome-history] To see that what somebody knows is closed,
      it is enough to look at the latest known change and at each known change that is not before it. *)
  Theorem is_closed_right k : knows k 0 = true -> (forall i, In i (unknown k) -> i < len k) ->
    (is_closed k = true <-> closed k).
  Proof.
    intros K0 Form.
    assert (KB : forall j, knows k j = true -> (knows_before (unknown k) j = true <-> forall i, bef i j ->
      knows k i = true)).
    { intros j Kj; unfold knows_before; rewrite forallb_forall; split.
      - intros H i [L N]; unfold knows in *; apply andb_true_iff in Kj; destruct Kj as [Kj _]; apply Nat.ltb_lt in Kj.
        apply andb_true_iff; split; [apply Nat.ltb_lt; lia|]; apply negb_true_iff;
          destruct (nat_mem i (unknown k)) eqn:M; auto; exfalso.
        apply nat_mem_In in M; specialize (H i M); apply orb_true_iff in H; destruct H as [H|H];
          [apply Nat.ltb_lt in H; lia|].
        apply nat_mem_In in H; contradiction.
      - intros H i I; apply orb_true_iff; rewrite Nat.ltb_lt, nat_mem_In.
        assert (Ki : knows k i = false) by (unfold knows; apply nat_mem_In in I; rewrite I; apply andb_false_r).
        destruct (Nat.lt_trichotomy i j) as [L|[->|L]]; [|congruence|now left].
        destruct (in_dec Nat.eq_dec i (missing j)) as [|N]; [now right|]; exfalso.
        rewrite (H i (conj L N)) in Ki; discriminate. }
    unfold is_closed; destruct (unknown k) as [|x r] eqn:U.
    { split; auto; intros _ i j Kj [L _]; unfold knows in *; rewrite U in *; simpl in *; rewrite andb_true_r in *.
      apply Nat.ltb_lt in Kj; apply Nat.ltb_lt; lia. }
    rewrite <- U in *; clear U x r.
    set (f := fun i => negb (nat_mem i (unknown k))).
    assert (Kf : forall i, knows k i = true <-> i < len k /\ f i = true) by (intros i; unfold knows, f;
      rewrite andb_true_iff, Nat.ltb_lt; tauto).
    assert (Last : exists l, last_true f (len k) = S l).
    { apply Kf in K0; destruct K0 as [L F]; pose proof (last_true_above f (len k) 0 L F);
      destruct (last_true f (len k)); [lia|eauto]. }
    destruct Last as [l T]; rewrite T; cbn [pred].
    assert (Kl : knows k l = true) by (apply Kf; apply last_true_last in T; tauto).
    rewrite forallb_forall; split.
    - intros H i j Kj B.
      destruct (Nat.eq_dec j l) as [->|N]; [apply (KB l Kl); auto; apply H; now left|].
      assert (Lj : j < l).
      { apply Kf in Kj; destruct Kj as [L F]; pose proof (last_true_above f (len k) j L F); lia. }
      destruct (in_dec Nat.eq_dec j (missing l)) as [M|M].
      + apply (KB j Kj); auto; apply H; right; apply filter_In; split; auto; now apply Kf in Kj.
      + apply (KB l Kl); [apply H; now left|]; apply Each with j; auto; split; auto.
    - intros C j I; assert (Kj : knows k j = true).
      { destruct I as [<-|I]; auto; apply filter_In in I; destruct I as [I F]; apply Kf; split; auto.
        apply Lower in I; apply Kf in Kl; lia. }
      apply KB; auto; intros i B; now apply (C i j).
  Qed.
End Check.

(** What a history keeps is of the kind that the check expects, and passes it. *)
Definition missing_of (h : history) (j : nat) : list nat := if Nat.ltb j (length (changes h)) then unknown_to h j
  else seq 0 j.

Lemma missing_bef h : valid h -> forall i j, bef (missing_of h) i j <-> before_at h i j = true.
Proof.
  intros V i j; unfold bef, missing_of; destruct (Nat.ltb_spec j (length (changes h))) as [L|L].
  - unfold unknown_to; split.
    + intros [Lt N]; destruct (before_at h i j) eqn:B; auto; exfalso; apply N, filter_In; split; [apply in_seq;
      lia|now rewrite B].
    + intros B; split; [now apply before_at_lt with h|]; intros I; apply filter_In in I; rewrite B in I; destruct I;
      discriminate.
  - split; [intros [Lt N]; exfalso; apply N, in_seq; lia|].
    intros B; apply before_at_true in B; destruct B as [_ [b [_ [E _]]]]; exfalso.
    assert (j < length (changes h)) by (apply nth_error_Some; congruence); lia.
Qed.

(** [key-agreement.welcome-history] What is kept of what each member knows passes the check of closedness. *)
Theorem kept_passes h : valid h -> forall m k, knowledge_kept (keep h) m = Some k -> is_closed (missing_of h) k = true.
Proof.
  intros V m k K; destruct (kept_form h V m k K) as [_ [K0 [_ [Fo [_ Cl]]]]].
  apply is_closed_right; auto.
  - intros j i; unfold missing_of; destruct (Nat.ltb j _); [unfold unknown_to; intros I; apply filter_In in I;
    destruct I as [I _]|intros I]; apply in_seq in I; lia.
  - intros x y z; rewrite !missing_bef; auto; rewrite !before_at_true.
    intros [p [q [Ep [Eq B1]]]] [q' [r [Eq' [Er B2]]]]; exists p, r; repeat split; auto.
    assert (q' = q) by congruence; subst; apply before_trans with q; auto; now apply valid_NoDup.
  - intros i I; now apply Fo.
  - intros i j Kj B; apply missing_bef in B; auto; now apply (Cl i j).
Qed.

(** [key-agreement.welcome-history] What is kept of what each change but the create knows passes it too. *)
Theorem kept_passes_changes h : valid h -> forall j, 0 < j < length (changes h) ->
  is_closed (missing_of h) (Knowledge j (unknown_to h j)) = true.
Proof.
  intros V j J; pose proof (valid_NoDup _ V) as D.
  assert (Trans : forall a b c, before_at h a b = true -> before_at h b c = true -> before_at h a c = true).
  { intros x y z; rewrite !before_at_true; intros [p [q [Ep [Eq B1]]]] [q' [r [Eq' [Er B2]]]]; exists p, r.
    repeat split; auto; assert (q' = q) by congruence; subst; now apply before_trans with q. }
  assert (Kn : forall i, knows (Knowledge j (unknown_to h j)) i = true <-> before_at h i j = true).
  { intros i; rewrite <- missing_bef; auto; unfold knows, bef, missing_of; cbn [len unknown].
    assert (L : Nat.ltb j (length (changes h)) = true) by (apply Nat.ltb_lt; lia); rewrite L.
    rewrite andb_true_iff, negb_true_iff, Nat.ltb_lt, <- nat_mem_In; destruct (nat_mem i _); intuition discriminate. }
  apply is_closed_right.
  - intros k i; unfold missing_of; destruct (Nat.ltb k _); [unfold unknown_to; intros I; apply filter_In in I;
    destruct I as [I _]|intros I]; apply in_seq in I; lia.
  - intros x y z; rewrite !missing_bef; eauto.
  - assert (N : h <> []) by (intros ->; simpl in J; lia).
    destruct (create_at_0 h V N) as [c [E [C I]]]; destruct (nth_below (changes h) j) as [d F]; [lia|].
    apply Kn, before_at_true; exists c, d; repeat split; auto; apply (create_first_of_all h V c I C).
    + now apply nth_changes_In in F.
    + intros ->; assert (0 = j) by (apply (position_unique h D 0 j c); auto); lia.
  - intros i I; cbn in *; unfold unknown_to in I; apply filter_In in I; destruct I as [I _]; apply in_seq in I; lia.
  - intros x y K B; apply missing_bef in B; auto; rewrite Kn in *; eauto.
Qed.

(** [membership.kept] Of one who has acknowledged everything the list is empty,
    and the length is the number of changes. *)
Theorem all_known h : valid h -> forall m, h <> [] -> (forall c, In c (changes h) ->
  mem c (known h (of_user m)) = true) ->
  knowledge_kept (keep h) m = Some (Knowledge (length (changes h)) []).
Proof.
  intros V m N H; destruct (rules_sound h V) as [_ SK]; rewrite SK; unfold knowledge_of.
  assert (F : forall i, i < length (changes h) -> known_at h m i = true).
  { intros i L; destruct (nth_below _ _ L) as [c E]; unfold known_at; rewrite E; apply H; now apply nth_error_In in E. }
  assert (P : 0 < length (changes h)).
  { destruct (create_at_0 h V N) as [c [E _]]; apply nth_error_Some; congruence. }
  assert (T : last_true (known_at h m) (length (changes h)) = length (changes h)).
  { destruct (length (changes h)) as [|n]; [lia|]; simpl; now rewrite (F n (Nat.lt_succ_diag_r n)). }
  unfold written; rewrite T; cbv zeta; cbn [len]; destruct (length (changes h)) as [|n] eqn:E; [lia|]; f_equal; f_equal.
  assert (G : forall l, (forall i, In i l -> i < S n) -> filter (fun i => negb (known_at h m i)) l = []).
  { induction l as [|i l IH]; intros L; simpl; auto; rewrite F; [|apply L; now left]; simpl; apply IH; intros;
    apply L; now right. }
  apply G; intros i I; apply in_seq in I; lia.
Qed.

(** [membership.members] Who is out stays out until it is added, whatever else comes. *)
Theorem stays_out l : forall h u, valid (l ++ h) -> (forall o, In o l -> what o <> Add u) -> (h <> []) ->
  ~ In u (members h (before h)) -> ~ In u (members (l ++ h) (before (l ++ h))).
Proof.
  induction l as [|o l IH]; intros h u V A N Out; auto; simpl in *.
  assert (V' : valid (l ++ h)) by now apply valid_tail in V.
  assert (Out' : ~ In u (members (l ++ h) (before (l ++ h)))) by (apply IH; auto).
  intros I; apply Out'; destruct (what o) as [ms|m|m|s q] eqn:W.
  - exfalso; assert (C : is_create o = false) by (apply (valid_no_create _ _ V); intros E; apply app_eq_nil in E;
    tauto).
    unfold is_create in C; rewrite W in C; discriminate.
  - destruct (add_adds_one (l ++ h) o V m u W I) as [->|J]; auto; exfalso; apply (A o); auto.
  - now apply (remove_adds_nobody (l ++ h) o V m u W).
  - rewrite ack_changes_nobody in I; auto; unfold is_change; now rewrite W.
Qed.

(** [key-agreement.welcome-history] Of one whose last message is a change, that change and what is before it is all
    that it knows. *)
Theorem last_change_knows h c : valid h -> In c h ->
  (forall o, In o h -> sender o = sender c -> (seqno o <= seqno c)%N) ->
  forall x, In x (known h (of_user (sender c))) <-> In x h /\ (x = c \/ before h x c = true).
Proof.
  intros V I Last x; rewrite <- known_as_of; auto; unfold known_to; rewrite !known_In; unfold of_user, of_user_up_to.
  split; intros [J [one [K [O B]]]]; split; auto; exists one; repeat split; auto.
  - rewrite O; apply N.leb_le, Last; auto; now apply N.eqb_eq.
  - now apply andb_true_iff in O.
Qed.
