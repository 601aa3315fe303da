(** "A history without acks": the order among the changes and the views are those of the whole history,
    and the three rules compute what is kept. *)
From Coq Require Import List NArith Arith Bool Lia.
From Conclave Require Import GroupMembership MembershipOrder MembershipMembers.
Import ListNotations.

(** ** Numbers written as knowledge *)

Lemma nat_mem_In i l : nat_mem i l = true <-> In i l.
Proof.
  unfold nat_mem; rewrite existsb_exists; split.
  - intros [x [H E]]; apply Nat.eqb_eq in E; now subst.
  - intros H; exists i; split; auto; apply Nat.eqb_refl.
Qed.

Lemma last_true_le f n : last_true f n <= n.
Proof. induction n; simpl; [lia|]; destruct (f n); lia. Qed.
Lemma last_true_above f n i : i < n -> f i = true -> i < last_true f n.
Proof.
  induction n; simpl; intros L E; [lia|]; destruct (f n) eqn:F; [lia|].
  apply IHn; auto; destruct (Nat.eq_dec i n); [congruence|lia].
Qed.
Lemma last_true_last f n l : last_true f n = S l -> f l = true /\ l < n.
Proof. induction n; simpl; [discriminate|]; destruct (f n) eqn:F; intros E; [injection E as <-; auto|];
  apply IHn in E; intuition. Qed.
Lemma last_true_ext f g n : (forall i, i < n -> f i = g i) -> last_true f n = last_true g n.
Proof. induction n; simpl; intros H; auto; rewrite <- H, IHn; auto. Qed.
Lemma last_true_or f g n : last_true (fun i => f i || g i) n = Nat.max (last_true f n) (last_true g n).
Proof.
  induction n; cbn [last_true]; auto; rewrite IHn.
  pose proof (last_true_le f n); pose proof (last_true_le g n).
  destruct (f n), (g n); cbn [orb]; lia.
Qed.

Lemma written_ext f g n : (forall i, i < n -> f i = g i) -> written f n = written g n.
Proof.
  intros H; unfold written; rewrite (last_true_ext f g n H); f_equal.
  apply filter_ext_in; intros i I; apply in_seq in I; rewrite H; auto; pose proof (last_true_le g n); lia.
Qed.
Lemma written_more f n : f n = false -> written f (S n) = written f n.
Proof. intros E; unfold written; simpl; now rewrite E. Qed.

Lemma knows_written f n i : knows (written f n) i = Nat.ltb i n && f i.
Proof.
  apply bool_ext; unfold knows, written; simpl.
  rewrite !andb_true_iff, negb_true_iff, !Nat.ltb_lt.
  pose proof (last_true_le f n); split.
  - intros [L N]; split; [lia|]; destruct (f i) eqn:F; auto; rewrite <- N.
    apply nat_mem_In, filter_In; split; [apply in_seq; lia|now rewrite F].
  - intros [L E]; split; [now apply last_true_above|].
    destruct (nat_mem _ _) eqn:M; auto; apply nat_mem_In, filter_In in M; destruct M as [_ M]; rewrite E in M;
      discriminate.
Qed.

Lemma union_written f g n : union (written f n) (written g n) = written (fun i => f i || g i) n.
Proof.
  assert (E : Nat.max (len (written f n)) (len (written g n)) = last_true (fun i => f i || g i) n) by (rewrite
    last_true_or; reflexivity).
  unfold union; cbv zeta; rewrite E; unfold written at 3; cbv zeta; f_equal.
  apply filter_ext_in; intros i I; apply in_seq in I.
  rewrite !knows_written.
  pose proof (last_true_le (fun i => f i || g i) n).
  assert (L : i < n) by lia; apply Nat.ltb_lt in L; rewrite L; simpl; now rewrite negb_orb.
Qed.

(** How knowledge is written: [unknown] ascends and is below [len], and the last is known. *)
Lemma filter_seq_asc f n : forall s, forall i j x y, nth_error (filter f (seq s n)) i = Some x ->
  nth_error (filter f (seq s n)) j = Some y -> i < j -> x < y.
Proof.
  induction n as [|n IH]; intros s i j x y; simpl; [destruct i; discriminate|].
  destruct (f s); [|apply IH].
  destruct i, j; simpl; intros Hi Hj L; try lia.
  - injection Hi as <-; apply nth_error_In, filter_In in Hj; destruct Hj as [Hj _]; apply in_seq in Hj; lia.
  - eapply IH; eauto; lia.
Qed.

(** ** Positions *)

Lemma changes_cons o h : changes (o :: h) = if is_change o then changes h ++ [o] else changes h.
Proof. unfold changes; simpl; destruct (is_change o); simpl; auto. Qed.
Lemma changes_In h x : In x (changes h) <-> In x h /\ is_change x = true.
Proof. unfold changes; now rewrite <- in_rev, filter_In. Qed.
Lemma changes_NoDup h : NoDup h -> NoDup (changes h).
Proof. intros D; unfold changes; apply NoDup_rev, NoDup_filter, D. Qed.

Lemma nth_unique {A} (l : list A) : NoDup l -> forall i j x, nth_error l i = Some x -> nth_error l j = Some x -> i = j.
Proof.
  intros D i j x Hi Hj; apply (proj1 (NoDup_nth_error l) D); [apply nth_error_Some|]; congruence.
Qed.

Lemma position_unique h : NoDup h -> forall i j x, nth_error (changes h) i = Some x ->
  nth_error (changes h) j = Some x -> i = j.
Proof. intros D i j x; apply nth_unique; now apply changes_NoDup. Qed.

Lemma nth_old o h i c : nth_error (changes h) i = Some c -> nth_error (changes (o :: h)) i = Some c.
Proof.
  intros H; rewrite changes_cons; destruct (is_change o); auto.
  rewrite nth_error_app1; auto; apply nth_error_Some; congruence.
Qed.
Lemma nth_new o h : is_change o = true -> nth_error (changes (o :: h)) (length (changes h)) = Some o.
Proof. intros C; rewrite changes_cons, C, nth_error_app2, Nat.sub_diag; auto. Qed.
Lemma nth_below {A} (l : list A) i : i < length l -> exists x, nth_error l i = Some x.
Proof. intros L; destruct (nth_error l i) eqn:E; eauto; apply nth_error_None in E; lia. Qed.

Lemma nth_changes_In h i c : nth_error (changes h) i = Some c -> In c h /\ is_change c = true.
Proof. intros H; apply nth_error_In in H; now apply changes_In. Qed.

Lemma create_at_0 h : valid h -> h <> [] -> exists c, nth_error (changes h) 0 = Some c /\ is_create c = true /\ In c h.
Proof.
  induction 1; intros N; [congruence| |].
  - exists o; unfold changes, is_change, is_create; simpl; rewrite H; simpl; auto.
  - destruct IHvalid as [c [E [C I]]]; auto; exists c; split; [now apply nth_old|]; split; auto; now right.
Qed.

Lemma before_at_true h i j : before_at h i j = true <->
  exists a b, nth_error (changes h) i = Some a /\ nth_error (changes h) j = Some b /\ before h a b = true.
Proof.
  unfold before_at; split.
  - destruct (nth_error _ i) eqn:Ea, (nth_error _ j) eqn:Eb; try discriminate; eauto.
  - intros [a [b [-> [-> H]]]]; auto.
Qed.

Lemma before_at_old o h i j : valid (o :: h) -> i < length (changes h) -> j < length (changes h) ->
  before_at (o :: h) i j = before_at h i j.
Proof.
  intros V Li Lj; destruct (nth_below _ _ Li) as [a Ha], (nth_below _ _ Lj) as [b Hb].
  unfold before_at; rewrite (nth_old o _ _ _ Ha), (nth_old o _ _ _ Hb), Ha, Hb.
  apply before_old; intros ->; apply nth_changes_In in Hb; apply (valid_fresh _ _ V); tauto.
Qed.

Lemma before_at_lt h : valid h -> forall i j, before_at h i j = true -> i < j.
Proof.
  induction h as [|o h IH]; intros V i j B.
  - apply before_at_true in B; destruct B as [a [b [H _]]]; destruct i; discriminate.
  - pose proof B as B'; apply before_at_true in B; destruct B as [a [b [Ha [Hb B]]]].
    pose proof (valid_NoDup _ V) as D.
    assert (Old : forall k x, nth_error (changes (o :: h)) k = Some x -> x <> o -> k < length (changes h)).
    { intros k x E N; apply nth_error_Some; rewrite changes_cons in E; destruct (is_change o); [|congruence].
      destruct (Nat.lt_ge_cases k (length (changes h))) as [L|L]; [now apply nth_error_Some|].
      rewrite nth_error_app2 in E; auto; destruct (k - length (changes h)) as [|[|?]]; simpl in E; congruence. }
    assert (Na : a <> o).
    { intros ->. apply before_In in B as I; auto; destruct I as [_ I].
      destruct (op_eq_dec b o) as [->|N]; [rewrite before_irrefl in B; auto; discriminate|].
      rewrite before_old in B; auto; apply before_In in B; [|now inversion D].
      now apply (valid_fresh _ _ V). }
    pose proof (Old _ _ Ha Na) as Li.
    destruct (op_eq_dec b o) as [->|Nb].
    + assert (C : is_change o = true) by now apply nth_changes_In in Hb.
      pose proof (position_unique _ D _ _ _ Hb (nth_new o h C)); lia.
    + pose proof (Old _ _ Hb Nb) as Lj; rewrite before_at_old in B'; auto.
      apply IH; auto; now apply valid_tail in V.
Qed.

(** ** What is known, by position *)

Lemma known_at_true h m i : known_at h m i = true <->
  exists c, nth_error (changes h) i = Some c /\ exists one, In one h /\ sender one = m /\
    (c = one \/ before h c one = true).
Proof.
  unfold known_at; split.
  - destruct (nth_error _ i) as [c|] eqn:E; [|discriminate]; intros H; apply mem_In, known_In in H.
    destruct H as [_ [one [I [O B]]]]; exists c; split; auto; exists one; apply N.eqb_eq in O; auto.
  - intros [c [E [one [I [O B]]]]]; rewrite E; apply mem_In, known_In; split; [now apply nth_changes_In in E|].
    exists one; repeat split; auto; now apply N.eqb_eq.
Qed.

Lemma known_at_below h m i : known_at h m i = true -> i < length (changes h).
Proof. intros H; apply known_at_true in H; destruct H as [c [E _]]; apply nth_error_Some; congruence. Qed.

Lemma known_at_other o h m i : valid (o :: h) -> m <> sender o -> known_at (o :: h) m i = known_at h m i.
Proof.
  intros V N; apply bool_ext; rewrite !known_at_true; split; intros [c [E [one [I [O B]]]]].
  - destruct I as [<-|I]; [congruence|].
    assert (one <> o) by (intros ->; now apply (valid_fresh _ _ V)).
    rewrite before_old in B; auto.
    assert (Ic : In c h). { destruct B as [->|B]; auto; apply before_In in B; [tauto|]; apply valid_NoDup;
      now apply valid_tail in V. }
    assert (c <> o) by (intros ->; now apply (valid_fresh _ _ V)).
    exists c; split; [|exists one; auto].
    rewrite changes_cons in E; destruct (is_change o); auto.
    destruct (Nat.lt_ge_cases i (length (changes h))) as [L|L]; [now rewrite nth_error_app1 in E|].
    rewrite nth_error_app2 in E; auto; destruct (i - length (changes h)) as [|[|?]]; simpl in E; congruence.
  - exists c; split; [now apply nth_old|]; exists one; split; [now right|]; split; auto.
    destruct B as [->|B]; auto; right; rewrite before_old; auto; intros ->; now apply (valid_fresh _ _ V).
Qed.

Lemma known_at_sender o h i : valid (o :: h) -> known_at (o :: h) (sender o) i = true <->
  exists c, nth_error (changes (o :: h)) i = Some c /\ (c = o \/ before (o :: h) c o = true).
Proof.
  intros V; rewrite known_at_true; split; intros [c [E H]]; exists c; split; auto.
  - destruct H as [one [I [O B]]]; destruct I as [<-|I]; auto; right.
    assert (L : before (o :: h) one o = true).
    { apply same_sender_before; simpl; auto; now apply (valid_rises _ _ V). }
    destruct B as [->|B]; auto; apply before_trans with one; auto; now apply valid_NoDup.
  - exists o; split; [now left|auto].
Qed.

(** What a new operation comes after, of the changes so far. *)
Lemma before_new_at o h i c : valid (o :: h) -> nth_error (changes h) i = Some c ->
  (before (o :: h) c o = true <->
   known_at h (sender o) i = true \/ i = 0 \/ exists d, In d h /\ acks o d = true /\ (c = d \/ before h c d = true)).
Proof.
  intros V E; pose proof (valid_tail _ _ V) as V'; pose proof (valid_NoDup _ V') as D.
  assert (Ic : In c h) by now apply nth_changes_In in E.
  assert (Hn : h <> []) by (intros ->; destruct Ic).
  destruct (create_at_0 h V' Hn) as [z [Ez [Cz Iz]]].
  rewrite before_new, known_at_true; auto; split.
  - intros [d [I [X B]]]; unfold direct in X; apply orb_true_iff in X; destruct X as [X|X]; [apply orb_true_iff in X;
    destruct X as [X|X]|].
    + right; left; destruct B as [->|B].
      * assert (d = z) by (eapply valid_one_create; eauto); subst; now apply (position_unique h D i 0 z).
      * rewrite (proj1 (create_first_of_all h V' d I X)) in B; discriminate.
    + left; apply andb_true_iff in X; destruct X as [X _]; apply N.eqb_eq in X.
      exists c; split; auto; exists d; auto.
    + right; right; exists d; auto.
  - intros [[c' [E' [one [I [O B]]]]]|[->|[d [I [X B]]]]].
    + assert (c' = c) by congruence; subst c'; exists one; repeat split; auto.
      unfold direct; pose proof (valid_rises _ _ V one I O) as L; apply N.ltb_lt in L; apply N.eqb_eq in O;
        rewrite O, L; now rewrite orb_true_r.
    + assert (c = z) by congruence; subst; exists z; repeat split; auto; unfold direct; now rewrite Cz.
    + exists d; repeat split; auto; unfold direct; rewrite X; now rewrite orb_true_r.
Qed.

(** ** The definitions, as what is kept *)

Definition kept_entries (h : history) : list (op * list nat) :=
  combine (changes h) (map (unknown_to h) (seq 0 (length (changes h)))).

Lemma nth_combine_seq {A B} (f : nat -> B) (l : list A) : forall s i,
  nth_error (combine l (map f (seq s (length l)))) i = option_map (fun c => (c, f (s + i))) (nth_error l i).
Proof.
  induction l as [|x l IH]; intros s i; simpl; [destruct i; auto|].
  destruct i; simpl; [now rewrite Nat.add_0_r|]; rewrite IH; now rewrite Nat.add_succ_r.
Qed.
Lemma kept_nth h i : nth_error (kept_entries h) i = option_map (fun c => (c, unknown_to h i)) (nth_error (changes h) i).
Proof. unfold kept_entries; now rewrite nth_combine_seq. Qed.
Lemma kept_fst h : map fst (kept_entries h) = changes h.
Proof.
  unfold kept_entries; generalize (changes h) as l, 0 as s; intros l; induction l; intros s; simpl; [auto|];
    now rewrite IHl.
Qed.
Lemma kept_length h : length (kept_entries h) = length (changes h).
Proof. now rewrite <- (kept_fst h), map_length. Qed.

Lemma unknown_to_old o h p : valid (o :: h) -> p < length (changes h) -> unknown_to (o :: h) p = unknown_to h p.
Proof.
  intros V L; unfold unknown_to; apply filter_ext_in; intros i I; apply in_seq in I.
  rewrite before_at_old; auto; lia.
Qed.

Lemma combine_app {A B} (l1 l2 : list A) (m1 m2 : list B) : length l1 = length m1 ->
  combine (l1 ++ l2) (m1 ++ m2) = combine l1 m1 ++ combine l2 m2.
Proof. revert m1; induction l1; intros [|? m1]; simpl; try discriminate; auto; intros E; f_equal; auto. Qed.

Lemma kept_cons o h : valid (o :: h) ->
  kept_entries (o :: h) = if is_change o then kept_entries h ++ [(o,
    unknown_to (o :: h) (length (changes h)))] else kept_entries h.
Proof.
  intros V; unfold kept_entries; rewrite changes_cons; destruct (is_change o).
  - rewrite app_length; simpl length; rewrite Nat.add_1_r, seq_S, map_app, combine_app;
    [|now rewrite map_length, seq_length].
    simpl; f_equal; f_equal; apply map_ext_in; intros p I; apply in_seq in I; apply unknown_to_old; auto; lia.
  - f_equal; apply map_ext_in; intros p I; apply in_seq in I; apply unknown_to_old; auto; lia.
Qed.

Lemma find_at_kept h : valid h -> forall i a f, nth_error (changes h) i = Some a -> f a = true ->
  (forall b, In b (changes h) -> f b = true -> b = a) -> find_at f (kept_entries h) = Some i.
Proof.
  intros V i a f E F U; pose proof (changes_NoDup _ (valid_NoDup _ V)) as D; revert i E D U.
  rewrite <- (kept_fst h); generalize (kept_entries h) as l.
  induction l as [|[o u] l IH]; intros i E D U; simpl in *; [destruct i; discriminate|].
  destruct i; simpl in E.
  - injection E as ->; now rewrite F.
  - destruct (f o) eqn:Fo.
    + exfalso; assert (o = a) by (apply U; auto); subst; inversion D; subst; apply H1; now apply nth_error_In in E.
    + rewrite (IH i); auto; now inversion D.
Qed.

(** ** (e) The three rules compute what the definitions say *)

Definition sound (c : compact) (h : history) : Prop :=
  entries c = kept_entries h /\ forall m, knowledge_kept c m = knowledge_of h m.

Lemma knowledge_of_none h m : knowledge_of h m = None -> forall i, known_at h m i = false.
Proof.
  unfold knowledge_of; destruct (len _) eqn:E; [|discriminate]; intros _ i.
  destruct (known_at h m i) eqn:K; auto.
  pose proof (last_true_above _ _ i (known_at_below _ _ _ K) K); simpl in E; lia.
Qed.
Lemma knowledge_of_some h m k : knowledge_of h m = Some k ->
  k = written (known_at h m) (length (changes h)) /\ len k <> 0.
Proof.
  unfold knowledge_of; destruct (len _) eqn:E; [discriminate|]; intros H; injection H as <-; split; auto; congruence.
Qed.

Lemma known_at_0 h m i : valid h -> known_at h m i = true -> known_at h m 0 = true.
Proof.
  intros V K; apply known_at_true in K; destruct K as [c [E [one [I [O B]]]]].
  assert (Hn : h <> []) by (intros ->; destruct I).
  destruct (create_at_0 h V Hn) as [z [Ez [Cz Iz]]].
  apply known_at_true; exists z; split; auto; exists one; repeat split; auto.
  destruct (op_eq_dec one z); auto; right; now apply (proj2 (create_first_of_all h V z Iz Cz)).
Qed.

Lemma prior_written c h m : valid h -> sound c h ->
  prior c m = written (fun i => known_at h m i || Nat.eqb i 0) (length (changes h)).
Proof.
  intros V [SE SK]; unfold prior; rewrite SK, SE, kept_length.
  destruct (knowledge_of h m) as [k|] eqn:K.
  - apply knowledge_of_some in K; destruct K as [-> L]; apply written_ext; intros i _.
    destruct i; [|now rewrite orb_false_r]; simpl.
    simpl in L; destruct (last_true _ _) eqn:T; [congruence|]; apply last_true_last in T; destruct T as [T _].
    now rewrite (known_at_0 _ _ _ V T).
  - pose proof (knowledge_of_none _ _ K) as F.
    rewrite (written_ext _ (fun i => Nat.eqb i 0)); [|intros i _; now rewrite F].
    assert (G : forall n, last_true (fun i => Nat.eqb i 0) n = Nat.min 1 n).
    { induction n; auto; simpl; destruct n; auto. }
    unfold written; rewrite G; destruct (length (changes h)) as [|n]; auto.
Qed.

Lemma at_new_change o h i : valid (o :: h) -> is_change o = true -> i < length (changes h) ->
  before_at (o :: h) i (length (changes h)) = known_at h (sender o) i || Nat.eqb i 0.
Proof.
  intros V C L; destruct (nth_below _ _ L) as [c E].
  unfold before_at; rewrite (nth_old o _ _ _ E), nth_new; auto.
  apply bool_ext; rewrite orb_true_iff, Nat.eqb_eq, before_new_at; eauto.
  assert (A : forall d, acks o d = false) by (intros d; unfold acks, is_change in *; destruct (what o); auto;
    discriminate).
  split; [intros [H|[H|[d [_ [X _]]]]]; auto; rewrite A in X; discriminate | tauto].
Qed.

(** [membership.kept] The three rules by which a history is kept up to date give what the definitions unknownTo and
    knowledgeOf say. *)
Theorem rules_sound h : valid h -> sound (keep h) h.
Proof.
  induction h as [|o h IH]; intros V.
  - split; auto.
  - pose proof (valid_tail _ _ V) as V'; specialize (IH V'); set (c := keep h) in *.
    assert (Other : forall m, m <> sender o -> knowledge_of (o :: h) m = knowledge_of h m).
    { intros m N; unfold knowledge_of.
      assert (W : written (known_at (o :: h) m) (length (changes (o :: h))) = written (known_at h m) (length (changes
        h))); [|now rewrite W].
      transitivity (written (known_at h m) (length (changes (o :: h)))).
      - apply written_ext; intros; now apply known_at_other.
      - rewrite changes_cons; destruct (is_change o); auto; rewrite app_length; simpl; rewrite Nat.add_1_r.
        apply written_more; destruct (known_at h m _) eqn:K; auto; apply known_at_below in K; lia. }
    pose proof (prior_written c h (sender o) V' IH) as P; destruct IH as [SE SK].
    assert (Len : length (entries c) = length (changes h)) by (rewrite SE; apply kept_length).
    destruct (is_change o) eqn:C.
    + (* a change *)
      assert (S1 : step o c = Compact (entries c ++ [(o, unknown_to (o :: h) (length (changes h)))])
                                 ((sender o, Knowledge (S (length (changes h))) (unknown_to (o :: h) (length (changes
                                   h)))) :: senders c)).
      { assert (U : filter (fun i => negb (knows (prior c (sender o)) i)) (seq 0 (length (entries c))) = unknown_to
        (o :: h) (length (changes h))).
        { rewrite Len, P; unfold unknown_to; apply filter_ext_in; intros i I; apply in_seq in I.
          rewrite at_new_change, knows_written; auto; [|lia].
          assert (L : i < length (changes h)) by lia; apply Nat.ltb_lt in L; now rewrite L. }
        unfold step; unfold is_change in C; destruct (what o); try discriminate; now rewrite U, Len. }
      change (keep (o :: h)) with (step o c); rewrite S1; split.
      * simpl; rewrite kept_cons, C, SE; auto.
      * intros m; unfold knowledge_kept; simpl; destruct (N.eqb_spec (sender o) m) as [<-|N].
        -- unfold knowledge_of; rewrite changes_cons, C, app_length; simpl length; rewrite Nat.add_1_r.
           assert (K : known_at (o :: h) (sender o) (length (changes h)) = true).
           { apply known_at_sender; auto; exists o; split; auto; now apply nth_new. }
           simpl; rewrite K; f_equal; unfold written; simpl last_true; rewrite K.
           rewrite seq_S, filter_app; simpl; rewrite K, app_nil_r; f_equal.
           unfold unknown_to; apply filter_ext_in; intros i I; apply in_seq in I; f_equal; apply bool_ext.
           rewrite before_at_true, known_at_sender; auto; split.
           ++ intros [a [b [Ea [Eb B]]]]; rewrite nth_new in Eb; auto; injection Eb as <-; exists a; auto.
           ++ intros [a [Ea [->|B]]]; [|exists a, o; split; auto; split; auto; now apply nth_new].
              pose proof (position_unique _ (valid_NoDup _ V) _ _ _ Ea (nth_new o h C)); lia.
        -- rewrite Other; [apply SK|congruence].
    + (* an ack *)
      destruct (what o) as [| | |s q] eqn:W; try (unfold is_change in C; rewrite W in C; discriminate).
      destruct (valid_ack _ V o s q (or_introl eq_refl) W) as [x [Ix [Cx [Es Eq]]]].
      assert (Ih : In x h) by (destruct Ix as [->|]; auto; congruence).
      assert (exists p, nth_error (changes h) p = Some x) as [p Ep] by (apply In_nth_error, changes_In; auto).
      set (n := length (changes h)) in *.
      assert (Lp : p < n) by (apply nth_error_Some; congruence).
      set (g := fun i => Nat.eqb i p || before_at h i p).
      assert (Fd : find_at (fun y => N.eqb (sender y) s && N.eqb (seqno y) q) (entries c) = Some p).
      { rewrite SE; apply find_at_kept with x; auto.
        - now rewrite Es, Eq, !N.eqb_refl.
        - intros b Ib Fb; apply changes_In in Ib; apply andb_true_iff in Fb; destruct Fb as [F1 F2].
          apply N.eqb_eq in F1, F2; eapply valid_unique; eauto; try tauto; congruence. }
      assert (Kp : Knowledge (S p) (unknown_to h p) = written g n).
      { assert (T : last_true g n = S p).
        { assert (A : p < last_true g n) by (apply last_true_above; auto; unfold g; now rewrite Nat.eqb_refl).
          destruct (last_true g n) as [|l] eqn:T; [lia|]; apply last_true_last in T; destruct T as [T _].
          unfold g in T; apply orb_true_iff in T; destruct T as [T|T]; [apply Nat.eqb_eq in T; lia|].
          apply before_at_lt in T; auto; lia. }
        unfold written; rewrite T; f_equal; rewrite seq_S, filter_app; simpl.
        unfold g at 2; rewrite Nat.eqb_refl; simpl; rewrite app_nil_r.
        unfold unknown_to; apply filter_ext_in; intros i I; apply in_seq in I; unfold g.
        destruct (Nat.eqb_spec i p); [lia|reflexivity]. }
      assert (S1 : step o c = Compact (entries c) ((sender o,
        written (fun i => (known_at h (sender o) i || Nat.eqb i 0) || g i) n) :: senders c)).
      { unfold step; rewrite W, Fd; unfold knowledge_at; rewrite SE, kept_nth, Ep; simpl.
        rewrite <- SE, P, Kp; f_equal; f_equal; f_equal; apply union_written. }
      change (keep (o :: h)) with (step o c); rewrite S1; split.
      * simpl; rewrite kept_cons, C, SE; auto.
      * intros m; unfold knowledge_kept; simpl; destruct (N.eqb_spec (sender o) m) as [<-|N].
        -- unfold knowledge_of; rewrite changes_cons, C; fold n.
           assert (X : written (known_at (o :: h) (sender o)) n = written (fun i => (known_at h (sender o) i ||
             Nat.eqb i 0) || g i) n).
           { apply written_ext; intros i L; destruct (nth_below _ _ L) as [a Ea]; apply bool_ext.
             assert (Na : a <> o) by (intros ->; apply nth_changes_In in Ea; destruct Ea; congruence).
             rewrite known_at_sender, !orb_true_iff, Nat.eqb_eq; auto.
             transitivity (before (o :: h) a o = true).
             - split; [intros [a' [Ea' [->|B]]]|intros B; exists a; split; auto; now apply nth_old].
               + rewrite (nth_old o _ _ _ Ea) in Ea'; congruence.
               + rewrite (nth_old o _ _ _ Ea) in Ea'; congruence.
             - rewrite before_new_at; eauto; unfold g; rewrite orb_true_iff, Nat.eqb_eq, before_at_true.
               split.
               + intros [H|[H|[d [Id [Ad B]]]]]; auto; right.
                 unfold acks in Ad; rewrite W in Ad; apply andb_true_iff in Ad; destruct Ad as [A1 A2];
                   apply N.eqb_eq in A1, A2.
                 assert (d = x) by (eapply valid_unique; eauto; congruence); subst d.
                 destruct B as [->|B]; [left; now apply (position_unique h (valid_NoDup _ V') i p x)|].
                 right; exists a, x; auto.
               + assert (Ax : acks o x = true) by (unfold acks; rewrite W, Es, Eq; now rewrite !N.eqb_refl).
                 intros [[H|H]|[H|[a' [b [Ea' [Eb B]]]]]]; auto; right; right; exists x; split; auto; split; auto.
                 * subst p; left; congruence.
                 * right; congruence. }
           rewrite X; destruct (len _) eqn:Z; auto; exfalso.
           assert (p < last_true (fun i => (known_at h (sender o) i || Nat.eqb i 0) || g i) n).
           { apply last_true_above; auto; unfold g; rewrite Nat.eqb_refl; apply orb_true_r. }
           simpl in Z; lia.
        -- rewrite Other; [apply SK|congruence].
Qed.

(** ** (d) Nothing is lost *)

(** [membership.kept] What is before what among the changes is the same by what is kept as by the whole history. *)
Theorem compact_order h : valid h -> forall a b, In a (changes h) -> In b (changes h) ->
  compact_before (keep h) a b = before h a b.
Proof.
  intros V a b Ia Ib; destruct (rules_sound h V) as [SE _].
  destruct (In_nth_error _ _ Ia) as [i Ei], (In_nth_error _ _ Ib) as [j Ej].
  unfold compact_before; rewrite SE.
  rewrite (find_at_kept h V i a (eqb a)), (find_at_kept h V j b (eqb b)); auto using eqb_refl;
    try (intros x _ X; apply eqb_eq in X; congruence).
  rewrite kept_nth, Ej; simpl.
  assert (E : before h a b = before_at h i j) by (unfold before_at; now rewrite Ei, Ej).
  rewrite E; apply bool_ext; rewrite andb_true_iff, negb_true_iff, Nat.ltb_lt; split.
  - intros [L N]; destruct (before_at h i j) eqn:B; auto; rewrite <- N.
    apply nat_mem_In, filter_In; split; [apply in_seq; lia|now rewrite B].
  - intros B; split; [now apply before_at_lt with h|].
    destruct (nat_mem _ _) eqn:M; auto; apply nat_mem_In, filter_In in M; rewrite B in M; destruct M; discriminate.
Qed.

Lemma select_In {A} k (l : list A) x : forall s, In x (select k s l) <-> exists i, nth_error l i = Some x /\
  k (s + i) = true.
Proof.
  induction l as [|y l IH]; intros s; simpl.
  - split; [intros []|intros [[|?] [? _]]; discriminate].
  - transitivity ((y = x /\ k s = true) \/ In x (select k (S s) l)).
    + destruct (k s); simpl; intuition congruence.
    + rewrite IH; split.
      * intros [[-> H]|[i [E H]]]; [exists 0; rewrite Nat.add_0_r; auto|exists (S i); rewrite Nat.add_succ_r; auto].
      * intros [[|i] [E H]]; simpl in E.
        -- rewrite Nat.add_0_r in H; injection E as ->; auto.
        -- rewrite Nat.add_succ_r in H; right; exists i; auto.
Qed.

(** Whoever knows what [k] says has the members that the changes it stands for have in the whole history. *)
Lemma compact_view_is h : valid h -> forall k ops,
  (forall c, is_change c = true -> (In c ops <-> exists i, nth_error (changes h) i = Some c /\ knows k i = true)) ->
  compact_view (keep h) k = members ops (before h).
Proof.
  intros V k ops H; unfold compact_view; destruct (rules_sound h V) as [SE _].
  apply members_same.
  - intros x C; rewrite H, select_In, SE, kept_fst; tauto.
  - intros x y Ix Iy _ _; apply select_In in Ix, Iy; rewrite SE, kept_fst in Ix, Iy.
    destruct Ix as [? [Ix _]], Iy as [? [Iy _]]; apply nth_error_In in Ix, Iy; now apply compact_order.
Qed.

(** [membership.kept] Every view as of a change is the same by what is kept as by the whole history. *)
Theorem compact_view_of_change h : valid h -> forall p o k, nth_error (changes h) p = Some o ->
  knowledge_at (keep h) p = Some k ->
  compact_view (keep h) k = member_view h (sender o) (seqno o).
Proof.
  intros V p o k E K; destruct (rules_sound h V) as [SE _].
  unfold knowledge_at in K; rewrite SE, kept_nth, E in K; simpl in K; injection K as <-.
  apply compact_view_is; auto; intros c C.
  assert (Io : In o h) by now apply nth_changes_In in E.
  rewrite known_as_of; auto; unfold knows; simpl; split.
  - intros [I H]; assert (exists i, nth_error (changes h) i = Some c) as [i Ei] by (apply In_nth_error, changes_In;
    auto).
    exists i; split; auto; rewrite andb_true_iff, negb_true_iff, Nat.ltb_lt.
    destruct H as [->|B].
    + pose proof (position_unique h (valid_NoDup _ V) i p o Ei E); subst; split; [lia|].
      destruct (nat_mem _ _) eqn:M; auto; apply nat_mem_In, filter_In in M; destruct M as [M _]; apply in_seq in M; lia.
    + assert (B' : before_at h i p = true) by (unfold before_at; now rewrite Ei, E).
      split; [apply before_at_lt in B'; auto; lia|].
      destruct (nat_mem _ _) eqn:M; auto; apply nat_mem_In, filter_In in M; rewrite B' in M; destruct M; discriminate.
  - intros [i [Ei K]]; rewrite andb_true_iff, negb_true_iff, Nat.ltb_lt in K; destruct K as [L N].
    split; [now apply nth_changes_In in Ei|].
    destruct (Nat.eq_dec i p) as [->|Ne]; [left; congruence|right].
    destruct (before h c o) eqn:B; auto; rewrite <- N; apply nat_mem_In, filter_In.
    split; [apply in_seq; lia|]; unfold before_at; now rewrite Ei, E, B.
Qed.

(** [membership.kept] Every view as of a sender's last operation is the same by what is kept as by the whole history. *)
Theorem compact_view_of_sender h : valid h -> forall m k, knowledge_kept (keep h) m = Some k ->
  compact_view (keep h) k = last_view h m.
Proof.
  intros V m k K; destruct (rules_sound h V) as [_ SK]; rewrite SK in K; apply knowledge_of_some in K;
    destruct K as [-> _].
  apply compact_view_is; auto; intros c C; split.
  - intros I; assert (J : In c h) by now apply known_In in I.
    assert (exists i, nth_error (changes h) i = Some c) as [i Ei] by (apply In_nth_error, changes_In; auto).
    exists i; split; auto; rewrite knows_written; apply andb_true_iff; split.
    + apply Nat.ltb_lt, nth_error_Some; congruence.
    + unfold known_at; rewrite Ei; now apply mem_In.
  - intros [i [Ei K]]; rewrite knows_written in K; apply andb_true_iff in K; destruct K as [_ K].
    unfold known_at in K; rewrite Ei in K; now apply mem_In in K.
Qed.

(** [membership.kept] The members are the same by what is kept as by the whole history. *)
Theorem compact_members h : valid h -> members (changes h) (compact_before (keep h)) = members h (before h).
Proof.
  intros V; apply members_same; [|intros; now apply compact_order].
  intros x C; rewrite changes_In; tauto.
Qed.

(** [membership.kept] Nothing is kept for those who have sent no operation, and for them alone. *)
Theorem kept_for_senders h : valid h -> forall m, knowledge_kept (keep h) m = None <-> forall o, In o h ->
  sender o <> m.
Proof.
  intros V m; destruct (rules_sound h V) as [_ SK]; rewrite SK; split.
  - intros K o I E; pose proof (knowledge_of_none _ _ K 0) as F.
    assert (Hn : h <> []) by (intros ->; destruct I).
    destruct (create_at_0 h V Hn) as [z [Ez [Cz Iz]]].
    assert (T : known_at h m 0 = true); [|congruence].
    apply known_at_true; exists z; split; auto; exists o; repeat split; auto.
    destruct (op_eq_dec o z); auto; right; now apply (proj2 (create_first_of_all h V z Iz Cz)).
  - intros H; destruct (knowledge_of h m) as [k|] eqn:K; auto; apply knowledge_of_some in K; destruct K as [-> L].
    simpl in L; destruct (last_true _ _) eqn:T; [congruence|]; apply last_true_last in T; destruct T as [T _].
    apply known_at_true in T; destruct T as [_ [_ [one [I [O _]]]]]; exfalso; now apply (H one).
Qed.

(** [membership.kept] Knowledge is written as a length and a list: the last change below the length is known,
    so is the create, the list ascends, and what is known is closed. *)
Theorem kept_form h : valid h -> forall m k, knowledge_kept (keep h) m = Some k ->
  knows k (pred (len k)) = true /\ knows k 0 = true /\ len k <= length (changes h) /\
  (forall i, In i (unknown k) -> 0 < i < len k) /\
  (forall i j x y, nth_error (unknown k) i = Some x -> nth_error (unknown k) j = Some y -> i < j -> x < y) /\
  (forall i j, knows k j = true -> before_at h i j = true -> knows k i = true).
Proof.
  intros V m k K; destruct (rules_sound h V) as [_ SK]; rewrite SK in K; apply knowledge_of_some in K;
    destruct K as [-> L].
  assert (Last : exists l, last_true (known_at h m) (length (changes h)) = S l) by (simpl in L;
    destruct (last_true _ _); [congruence|eauto]).
  destruct Last as [l T]; pose proof (last_true_last _ _ _ T) as [Kl Ll].
  assert (K0 : known_at h m 0 = true) by (eapply known_at_0; eauto).
  repeat split.
  - rewrite knows_written; unfold written; cbn [len]; rewrite T; cbn [pred]; rewrite Kl; apply Nat.ltb_lt in Ll;
    now rewrite Ll.
  - rewrite knows_written, K0; assert (0 < length (changes h)) by lia; apply Nat.ltb_lt in H; now rewrite H.
  - apply last_true_le.
  - unfold written in H; cbn [unknown] in H; apply filter_In in H; destruct H as [_ H]; destruct i; [rewrite K0 in H;
    discriminate|lia].
  - unfold written in *; cbn [unknown len] in *; apply filter_In in H; destruct H as [H _]; apply in_seq in H; lia.
  - intros i j x y; apply filter_seq_asc.
  - intros i j; rewrite !knows_written; intros Kj B; apply andb_true_iff in Kj; destruct Kj as [_ Kj].
    pose proof B as B'; apply before_at_true in B'; destruct B' as [a [b [Ea [Eb Bab]]]].
    apply andb_true_iff; split; [apply Nat.ltb_lt, nth_error_Some; congruence|].
    unfold known_at in *; rewrite Ea; rewrite Eb in Kj; apply mem_In in Kj; apply mem_In.
    eapply known_closed; eauto; now apply valid_NoDup.
Qed.
