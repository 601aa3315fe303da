(** What strong removal guarantees, stated as true of the definition, and the nearest statements that are not. *)
From Coq Require Import List NArith Arith Bool Lia.
From Conclave Require Import GroupMembership MembershipOrder MembershipMembers.
Import ListNotations.

(** ** Which histories the steps accept *)

Lemma refusal_none h o : valid h -> (refusal h o = None <-> valid (o :: h)).
Proof.
  intros V; unfold refusal; split.
  - destruct (negb _) eqn:C; [discriminate|]; apply negb_false_iff in C.
    destruct (existsb _ h) eqn:S; [discriminate|]; intros A.
    assert (R : forall p, In p h -> sender p = sender o -> (seqno p < seqno o)%N).
    { intros p I E; destruct (N.lt_ge_cases (seqno p) (seqno o)) as [L|L]; auto; exfalso.
      assert (X : existsb (fun p => N.eqb (sender p) (sender o) && N.leb (seqno o) (seqno p)) h = true); [|congruence].
      apply existsb_exists; exists p; split; auto; apply N.eqb_eq in E; apply N.leb_le in L; now rewrite E, L. }
    destruct h as [|p h].
    + destruct (what o) as [ms| | |] eqn:W; try discriminate.
      apply existsb_exists in C; destruct C as [x [I E]]; apply N.eqb_eq in E; apply valid_create with ms; auto;
        now rewrite E.
    + apply valid_more; auto; [congruence|unfold is_create; destruct (what o); auto; discriminate|].
      intros s n W; rewrite W in A; destruct (existsb _ _) eqn:X in A; [|discriminate].
      apply existsb_exists in X; destruct X as [c [I E]]; exists c.
      apply andb_true_iff in E; destruct E as [E E3]; apply andb_true_iff in E; destruct E as [E1 E2].
      apply N.eqb_eq in E2, E3; auto.
  - intros H; pose proof (valid_rises _ _ H) as R.
    assert (S : existsb (fun p => N.eqb (sender p) (sender o) && N.leb (seqno o) (seqno p)) h = false).
    { destruct (existsb _ h) eqn:X; auto; apply existsb_exists in X; destruct X as [p [I E]].
      apply andb_true_iff in E; destruct E as [E1 E2]; apply N.eqb_eq in E1; apply N.leb_le in E2.
      specialize (R _ I E1); lia. }
    rewrite S; inversion H as [|? ms W I|? ? V' Hn C R' A]; subst.
    + rewrite W; assert (X : existsb (N.eqb (sender o)) ms = true) by (apply existsb_exists; exists (sender o);
      split; auto; apply N.eqb_refl).
      now rewrite X.
    + destruct h as [|p h]; [congruence|]; unfold is_create in C; destruct (what o) as [| | |s n] eqn:W;
      try discriminate; simpl negb; cbn iota; auto.
      destruct (A s n eq_refl) as [c [Ic [Cc [Es En]]]].
      assert (X : existsb (fun c => is_change c && N.eqb (sender c) s && N.eqb (seqno c) n) (p :: h) = true);
        [|now rewrite X].
      apply existsb_exists; exists c; split; auto; rewrite Cc, Es, En, !N.eqb_refl; auto.
Qed.

(** [membership.create-first, membership.seq-rises,
    membership.ack-known] The steps of append accept exactly the valid histories. *)
Theorem append_all_valid l : forall h, valid h -> forall h', append_all h l = inl h' <-> h' = rev l ++ h /\ valid h'.
Proof.
  induction l as [|o l IH]; intros h V h'; simpl.
  - split; [intros E; injection E as <-; auto|intros [-> _]; auto].
  - destruct (refusal h o) eqn:R.
    + split; [discriminate|]; intros [-> V']; exfalso.
      rewrite <- app_assoc in V'; simpl in V'.
      assert (V2 : valid (o :: h)). { revert V'; generalize (rev l) as r; induction r; simpl; auto; intros V';
        apply IHr; now apply valid_tail in V'. }
      apply refusal_none in V2; auto; congruence.
    + rewrite IH; [|now apply refusal_none]. rewrite <- app_assoc; simpl; tauto.
Qed.

(** [membership.create-first, membership.seq-rises,
    membership.ack-known] A list of operations is appended to the empty history without a refusal exactly when it is
    a valid history. *)
Corollary of_list_valid l h : of_list l = inl h <-> h = rev l /\ valid h.
Proof. unfold of_list; rewrite append_all_valid by constructor; now rewrite app_nil_r. Qed.

(** ** A view is the members of what is known, and needs nothing else of the history *)

Lemma filter_valid f h : valid h -> (forall a b, In b h -> f b = true -> before h a b = true -> f a = true) ->
  valid (filter f h).
Proof.
  intros V C; assert (E : forall l, (exists k, h = k ++ l) -> valid (filter f l)); [|apply E; now exists []].
  induction l as [|o l IH]; intros [k K]; [constructor|].
  assert (IHl : valid (filter f l)) by (apply IH; exists (k ++ [o]); rewrite <- app_assoc; auto).
  simpl; destruct (f o) eqn:F; auto.
  assert (Vo : valid (o :: l)). { rewrite K in V; clear - V; induction k; simpl in *; auto; apply IHk;
    now apply valid_tail in V. }
  assert (Io : In o h) by (rewrite K; apply in_or_app; right; now left).
  inversion Vo as [|? ms W I|? ? V' Hn Cr R A]; subst o0; subst.
  - simpl; apply valid_create with ms; auto.
  - destruct (valid_has_create _ V' Hn) as [z [Iz Cz]].
    assert (Iz' : In z (k ++ o :: l)) by (apply in_or_app; right; now right).
    assert (Fz : f z = true).
    { apply C with o; auto; apply (create_first_of_all _ V z); auto; intros ->; congruence. }
    apply valid_more; auto.
    + intros E; assert (X : In z (filter f l)) by (apply filter_In; auto); rewrite E in X; destruct X.
    + intros p I; apply filter_In in I; apply R; tauto.
    + intros s n W; destruct (A s n W) as [c [Ic [Cc [Es En]]]]; exists c; split; [|auto].
      apply filter_In; split; auto; apply C with o; auto.
      apply direct_before; auto; [apply in_or_app; right; now right|intros ->; now apply (valid_fresh _ _ Vo)|].
      unfold direct, acks; rewrite W, Es, En, !N.eqb_refl; apply orb_true_r.
Qed.

Lemma filter_before f h : valid h -> (forall a b, In b h -> f b = true -> before h a b = true -> f a = true) ->
  forall a b, In b (filter f h) -> before (filter f h) a b = before h a b.
Proof.
  intros V C a b Ib; apply bool_ext; split.
  - rewrite !before_is_closure; auto; [|now apply filter_valid]; apply lt_mono; intros x I; now apply filter_In in I.
  - intros B; apply before_is_closure; [now apply filter_valid|]; apply before_is_closure in B; auto.
    assert (K : forall x y, lt (fun z => In z h) x y -> In y (filter f h) ->
      In x (filter f h) /\ lt (fun z => In z (filter f h)) x y).
    { intros x y L; induction L as [x y Ix Iy N E|x y z L1 IH1 L2 IH2]; intros I.
      - assert (Ix' : In x (filter f h)) by (apply filter_In in I; apply filter_In; split; auto; apply C with y;
        try tauto; now apply direct_before).
        split; auto; now apply lt_direct.
      - destruct (IH2 I) as [Iy L2']; destruct (IH1 Iy) as [Ix L1']; split; auto; now apply lt_trans with y. }
    now apply K.
Qed.

(** [membership.view] What somebody knows is a history itself. *)
Theorem known_valid h own : valid h -> valid (known h own).
Proof.
  intros V; unfold known; apply filter_valid; auto; intros a b Ib K B.
  assert (I : In b (known h own)) by (unfold known; apply filter_In; auto).
  apply (known_closed h own (valid_NoDup _ V) a b I) in B; unfold known in B; now apply filter_In in B.
Qed.

(** [membership.view] What is before what among the known operations is computed from these alone. *)
Theorem known_order h own : valid h -> forall a b, In b (known h own) -> before (known h own) a b = before h a b.
Proof.
  intros V a b Ib; unfold known in *; apply filter_before; auto; intros x y Iy K B.
  assert (I : In y (known h own)) by (unfold known; apply filter_In; auto).
  apply (known_closed h own (valid_NoDup _ V) x y I) in B; unfold known in B; now apply filter_In in B.
Qed.

(** [membership.view] A view depends on nothing but what its member knew. *)
Theorem view_of_known h m n : valid h -> member_view h m n = members (known_to h m n) (before (known_to h m n)).
Proof. intros V; apply members_same; [tauto|]; intros x y _ Iy _ _; symmetry; now apply known_order. Qed.

(** [membership.view] All who know the same operations have the same view, in whatever histories. *)
Theorem views_agree h1 h2 m1 n1 m2 n2 : valid h1 -> valid h2 ->
  (forall x, In x (known_to h1 m1 n1) <-> In x (known_to h2 m2 n2)) -> member_view h1 m1 n1 = member_view h2 m2 n2.
Proof. intros V1 V2 S; rewrite !view_of_known; auto; apply members_convergent; auto; now apply known_valid. Qed.

(** [membership.view] Whoever has a closed part of a history has the same view as of each message in it as whoever
    has the whole. *)
Theorem view_is_local f h1 h : valid h -> valid h1 -> (forall a b, In b h -> f b = true -> before h a b = true ->
  f a = true) ->
  (forall x, In x h1 <-> In x (filter f h)) -> forall o, In o h1 ->
    member_view h1 (sender o) (seqno o) = member_view h (sender o) (seqno o).
Proof.
  intros V V1 C S o Io; pose proof (filter_valid f h V C) as Vf.
  rewrite (views_convergent h1 (filter f h) V1 Vf S); apply S in Io.
  pose proof Io as If; apply filter_In in If; destruct If as [Ih Fo].
  apply members_same.
  - intros x _; rewrite !known_as_of, filter_before, filter_In; auto; split; [tauto|].
    intros [I [->|B]]; repeat split; auto; now apply C with o.
  - intros x y _ Iy _ _; apply filter_before; auto; now apply known_In in Iy.
Qed.

(** ** What one more operation does *)

Section OneMore.
  Variables (h : history) (o : op).
  Hypothesis V : valid (o :: h).
  Let D : NoDup (o :: h) := valid_NoDup _ V.

  Lemma new_before_nothing x : before (o :: h) o x = false.
  Proof.
    destruct (before (o :: h) o x) eqn:B; auto.
    destruct (op_eq_dec x o) as [->|N]; [now rewrite before_irrefl in B|].
    rewrite before_old in B; auto; apply before_In in B; [|now inversion D].
    destruct B as [I _]; exfalso; now apply (valid_fresh _ _ V).
  Qed.
  Lemma old_before x y : In y h -> before (o :: h) x y = before h x y.
  Proof. intros I; apply before_old; intros ->; now apply (valid_fresh _ _ V). Qed.

  (** [membership.members] An ack changes no members. *)
  Theorem ack_changes_nobody : is_change o = false -> members (o :: h) (before (o :: h)) = members h (before h).
  Proof.
    intros C; apply members_same.
    - intros x Cx; simpl; split; [intros [->|]; congruence|auto].
    - intros x y _ Iy _ Cy; apply old_before; destruct Iy as [->|]; congruence.
  Qed.

  (** [membership.members] What is not a removal takes nobody out. *)
  Theorem add_removes_nobody u : (forall v, removes o v = false) -> In u (members h (before h)) ->
    In u (members (o :: h) (before (o :: h))).
  Proof.
    intros R; rewrite !members_In; intros [a [Ra [E O]]]; exists a; split; [|split; auto].
    - clear E O; induction Ra as [a I E|a b Ra IH I E].
      + apply Reach_root; auto; apply additions_change in I; apply additions_change; simpl; tauto.
      + apply Reach_edge with a; auto; [apply additions_change in I; apply additions_change; simpl; tauto|].
        rewrite <- E; apply Reach_In in Ra; apply additions_change in Ra, I; destruct Ra as [Ia _], I as [Ib _].
        unfold edge; rewrite (old_before _ _ Ib); f_equal; f_equal; f_equal; unfold cancelled; simpl; rewrite R; simpl.
        apply bool_ext; rewrite !existsb_exists; split; intros [r [Ir H]]; exists r; split; auto.
        * now rewrite !old_before in H.
        * now rewrite !old_before.
    - intros r [<-|I] X; [rewrite R in X; discriminate|]; rewrite old_before; auto.
  Qed.

  (** [membership.members] A removal brings nobody in. *)
  Theorem remove_adds_nobody v u : what o = Remove v -> In u (members (o :: h) (before (o :: h))) ->
    In u (members h (before h)).
  Proof.
    intros W; rewrite !members_In; intros [a [Ra [E O]]].
    assert (A : additions (o :: h) = additions h) by (unfold additions; simpl; unfold additions_of at 1; now rewrite W).
    exists a; split; [|split; auto].
    - clear E O; induction Ra as [a I E|a b Ra IH I E].
      + apply Reach_root; auto; now rewrite A in I.
      + rewrite A in I; apply Reach_edge with a; auto; apply Reach_In in IH; apply additions_change in IH, I;
        destruct IH as [Ia _], I as [Ib _].
        unfold edge in *; apply orb_true_iff in E; apply orb_true_iff; destruct E as [E|E]; [auto|right].
        apply andb_true_iff in E; destruct E as [E1 E2]; rewrite (old_before _ _ Ib) in E1; rewrite E1; simpl.
        apply negb_true_iff in E2; apply negb_true_iff; destruct (cancelled h (before h) a b) eqn:C; auto.
        rewrite <- E2; symmetry; unfold cancelled in *; apply existsb_exists in C; destruct C as [r [Ir H]].
        apply existsb_exists; exists r; split; [now right|]; now rewrite !old_before.
    - intros r I X; rewrite <- old_before; auto; apply O; auto; now right.
  Qed.

  (** [membership.members] An add brings in nobody but whom it adds. *)
  Theorem add_adds_one v u : what o = Add v -> In u (members (o :: h) (before (o :: h))) ->
    u = v \/ In u (members h (before h)).
  Proof.
    intros W; rewrite !members_In; intros [a [Ra [E O]]].
    destruct (op_eq_dec (by_op a) o) as [B|B].
    - left; apply Reach_In, additions_change in Ra; destruct Ra as [_ I]; rewrite B in I; unfold additions_of in I;
      rewrite W in I.
      destruct I as [<-|[]]; auto.
    - right; exists a; split; [|split; auto; intros r I X; rewrite <- old_before; auto; apply O; auto; now right].
      clear E O; induction Ra as [a I E|a b Ra IH I E].
      + apply Reach_root; auto; apply additions_change in I; apply additions_change; destruct I as [[I|I] J];
        [congruence|auto].
      + apply additions_change in I; destruct I as [[I|I] J]; [congruence|].
        assert (Na : by_op a <> o).
        { intros Eo; unfold edge in E; rewrite Eo, new_before_nothing, andb_false_r in E; simpl in E.
          rewrite orb_false_r in E; apply andb_true_iff in E; destruct E as [_ E]; apply eqb_eq in E; congruence. }
        specialize (IH Na); apply Reach_edge with a; auto; [now apply additions_change|].
        rewrite <- E; unfold edge; rewrite old_before; auto; f_equal; f_equal; f_equal; unfold cancelled; simpl.
        assert (R : removes o (added a) = false) by (unfold removes; now rewrite W); rewrite R; simpl.
        apply bool_ext; rewrite !existsb_exists; split; intros [r [Ir H]]; exists r; split; auto.
        * now rewrite !old_before.
        * now rewrite !old_before in H.
  Qed.
End OneMore.

Lemma addition_no_removal ops a v : In a (additions ops) -> what (by_op a) <> Remove v.
Proof. intros I W; apply additions_change in I; destruct I as [_ I]; unfold additions_of in I; rewrite W in I;
  destruct I. Qed.

(** [membership.view] As of a removal, the removed is not in the view. *)
Theorem remove_takes_effect h o v : valid h -> In o h -> what o = Remove v ->
  ~ In v (member_view h (sender o) (seqno o)).
Proof.
  intros V Io W; unfold member_view; rewrite members_In; intros [a [Ra [E O]]].
  apply Reach_In in Ra; pose proof (addition_no_removal _ _ v Ra) as N.
  apply additions_change in Ra; destruct Ra as [I _].
  rewrite (known_as_of _ V o Io) in I; destruct I as [_ [I|I]]; [congruence|].
  assert (B : before h (by_op a) o = false); [|congruence].
  apply O; [apply known_as_of; auto|unfold removes; rewrite W; apply N.eqb_refl].
Qed.

(** [membership.view] As of an add by somebody who was a member by what it knew, the added is in the view. *)
Theorem add_takes_effect h o v : valid h -> In o h -> what o = Add v ->
  In (sender o) (members (filter (fun x => before h x o) h) (before h)) -> In v (member_view h (sender o) (seqno o)).
Proof.
  intros V Io W; rewrite members_In; intros [a [Ra [E O]]].
  pose proof (valid_NoDup _ V) as D.
  assert (K : forall x, In x (known_to h (sender o) (seqno o)) <-> x = o \/ In x (filter (fun x => before h x o) h)).
  { intros x; rewrite known_as_of, filter_In; auto; split; [tauto|]; intros [->|H]; tauto. }
  assert (Fo : forall x, In x (known_to h (sender o) (seqno o)) -> before h o x = false).
  { intros x I; apply K in I; destruct I as [->|I]; [now apply before_irrefl|]; apply filter_In in I;
    now apply before_asym. }
  unfold member_view; apply members_In; exists (Addition (sender o) v o); split; [|split; auto].
  - apply Reach_edge with a.
    + clear E O; induction Ra as [a I E|a b Ra IH I E].
      * apply Reach_root; auto; apply additions_change in I; apply additions_change; rewrite K; tauto.
      * apply Reach_edge with a; auto; [apply additions_change in I; apply additions_change; rewrite K; tauto|].
        rewrite <- E; unfold edge; f_equal; f_equal; f_equal; unfold cancelled; apply bool_ext; rewrite !existsb_exists.
        split; intros [r [Ir H]]; exists r; split; auto; [|apply K; auto].
        apply K in Ir; destruct Ir as [->|Ir]; auto; unfold removes in H; rewrite W in H; discriminate.
    + apply additions_change; simpl; split; [apply K; auto|]; unfold additions_of; rewrite W; now left.
    + unfold edge; apply orb_true_iff; right; simpl; rewrite E, N.eqb_refl; simpl.
      apply Reach_In, additions_change in Ra; destruct Ra as [Ia _]; apply filter_In in Ia; destruct Ia as [Ia B];
        rewrite B; simpl.
      apply negb_true_iff; destruct (cancelled _ _ _ _) eqn:C; auto; unfold cancelled in C; apply existsb_exists in C.
      destruct C as [r [Ir H]]; apply K in Ir; apply andb_true_iff in H; destruct H as [H H3];
        apply andb_true_iff in H; destruct H as [H1 H2].
      destruct Ir as [->|Ir]; [unfold removes in H1; rewrite W in H1; discriminate|].
      rewrite E in H1; rewrite (O r Ir H1) in H2; discriminate.
Qed.

(** ** Strong removal *)

Section Strong.
  Variable h : history.
  Hypothesis V : valid h.
  Let B := before h.

  (** Every addition of [x] is before [r]. *)
  Definition added_before (x : user) (r : op) := forall a, In a (additions h) -> added a = x -> B (by_op a) r = true.

  (** [membership.members] A removal takes effect whatever is concurrent to it,
      where all additions of the removed come before the removal. *)
  Theorem removed_is_out r x : In r h -> what r = Remove x -> added_before x r -> ~ In x (members h B).
  Proof.
    intros I W A; rewrite members_In; intros [a [Ra [E O]]].
    assert (X : B (by_op a) r = false) by (apply O; auto; unfold removes; rewrite W; apply N.eqb_refl).
    rewrite A in X; auto; [discriminate|now apply Reach_In in Ra].
  Qed.

  (** [membership.members] Who is a member although removed has an addition that stands and does not come before the
      removal. *)
  Theorem removed_but_in r x : In r h -> what r = Remove x -> In x (members h B) ->
    exists a, Reach h B a /\ added a = x /\ B (by_op a) r = false.
  Proof.
    intros I W; rewrite members_In; intros [a [Ra [E O]]]; exists a; repeat split; auto.
    apply O; auto; unfold removes; rewrite W; apply N.eqb_refl.
  Qed.

  (** [membership.members] Two who remove each other are both removed,
      where all their additions come before the removals. *)
  Corollary mutual_removal r1 r2 x y : In r1 h -> In r2 h -> what r1 = Remove y -> what r2 = Remove x ->
    added_before y r1 -> added_before x r2 -> ~ In x (members h B) /\ ~ In y (members h B).
  Proof. intros I1 I2 W1 W2 A1 A2; split; [apply (removed_is_out r2 x) | apply (removed_is_out r1 y)]; auto. Qed.

  (** [membership.members] Who is being removed cannot bring in anybody meanwhile, neither directly nor through those
      it brings in, where all additions of the removed come before the removal.
      [P] is any set of additions each of which was made by the removed, and not before the removal,
      or by one all of whose additions are in [P]. *)
  Theorem removed_brings_nobody r x (P : addition -> Prop) : In r h -> what r = Remove x -> added_before x r ->
    (forall a, P a -> is_create (by_op a) = false) ->
    (forall a, P a -> (adder a = x /\ B (by_op a) r = false) \/ (forall d, In d (additions h) -> added d = adder a ->
      P d)) ->
    forall a, Reach h B a -> ~ P a.
  Proof.
    intros I W A C S a Ra; induction Ra as [a J E|a b Ra IH J E]; intros Pa.
    - apply C in Pa; unfold is_root in E; rewrite Pa in E; discriminate.
    - unfold edge in E; apply orb_true_iff in E; destruct E as [E|E].
      + apply andb_true_iff in E; destruct E as [E1 E2]; apply eqb_eq in E2; apply C in Pa.
        unfold is_root in E1; rewrite <- E2, Pa in E1; discriminate.
      + apply andb_true_iff in E; destruct E as [E E2]; apply andb_true_iff in E; destruct E as [E0 E1];
        apply N.eqb_eq in E0.
        apply Reach_In in Ra; destruct (S _ Pa) as [[Ea Br]|Q]; [|apply IH; auto].
        apply negb_true_iff in E2; unfold cancelled in E2.
        assert (X : existsb (fun r => removes r (added a) && B (by_op a) r && negb (B (by_op b) r)) h = true);
          [|congruence].
        apply existsb_exists; exists r; split; auto.
        rewrite Br, A; auto; [|congruence]; unfold removes; rewrite W, E0, Ea, N.eqb_refl; auto.
  Qed.

  (** [membership.members] Who was added only by one who was being removed meanwhile is no member,
      where all additions of the removed come before the removal. *)
  Corollary concurrent_add_is_void r x y : In r h -> what r = Remove x -> added_before x r ->
    (forall a, In a (additions h) -> added a = y ->
      is_create (by_op a) = false /\ adder a = x /\ B (by_op a) r = false) ->
    ~ In y (members h B).
  Proof.
    intros I W A Q; rewrite members_In; intros [a [Ra [E _]]].
    apply (removed_brings_nobody r x (fun a => In a (additions h) /\ added a = y)) with a; auto.
    - intros b [Ib Eb]; now apply Q.
    - intros b [Ib Eb]; left; now apply Q.
    - split; auto; now apply Reach_In in Ra.
  Qed.

  (** In a history in which nobody is added twice (as in Conclave,
      where the identifier of a member is made from its addition) it is enough that the remover knew of the removed.
      *)
  Definition fresh := forall a b, In a (additions h) -> In b (additions h) -> added a = added b -> by_op a = by_op b.
  Definition knew (r : op) (x : user) := exists a, In a (additions h) /\ added a = x /\ B (by_op a) r = true.

  Lemma fresh_added_before r x : fresh -> knew r x -> added_before x r.
  Proof. intros F [a [I [E K]]] b J Eb; rewrite <- (F a b); auto; congruence. Qed.

  (** [membership.members] Where nobody is added twice, and who removes a member knows its addition,
      a removal takes effect whatever is concurrent to it. *)
  Corollary fresh_removed_is_out r x : fresh -> In r h -> what r = Remove x -> knew r x -> ~ In x (members h B).
  Proof. intros F I W K; apply removed_is_out with r; auto; now apply fresh_added_before. Qed.

  (** [membership.members] Where nobody is added twice, and who removes a member knows its addition,
      two who remove each other are both removed. *)
  Corollary fresh_mutual_removal r1 r2 x y : fresh -> In r1 h -> In r2 h -> what r1 = Remove y ->
    what r2 = Remove x -> knew r1 y -> knew r2 x ->
    ~ In x (members h B) /\ ~ In y (members h B).
  Proof. intros F I1 I2 W1 W2 K1 K2; split; [apply (fresh_removed_is_out r2) | apply (fresh_removed_is_out r1)];
    auto. Qed.

  (** Nobody whom the removed added, but not before the removal, is a member; nor is anybody added by such a one. *)
  Inductive through (x : user) (r : op) : user -> Prop :=
  | through_removed a : In a (additions h) -> is_create (by_op a) = false -> adder a = x -> B (by_op a) r = false ->
    through x r (added a)
  | through_other a : In a (additions h) -> is_create (by_op a) = false -> through x r (adder a) ->
    through x r (added a).

  (** [membership.members] Where nobody is added twice, and who removes a member knows its addition,
      one who is being removed brings in nobody meanwhile, neither directly nor through those it brings in. *)
  Theorem fresh_brings_nobody r x : fresh -> In r h -> what r = Remove x -> knew r x -> forall y, through x r y ->
    ~ In y (members h B).
  Proof.
    intros F I W K y T; rewrite members_In; intros [a [Ra [E _]]].
    pose proof (Reach_In _ _ _ Ra) as Ia.
    assert (Same : forall b c, In b (additions h) -> In c (additions h) -> by_op b = by_op c ->
      is_create (by_op b) = false -> b = c).
    { intros b c Ib Ic Eq Nc; apply additions_change in Ib, Ic; destruct Ib as [_ Ib], Ic as [_ Ic];
      rewrite <- Eq in Ic.
      unfold additions_of, is_create in *; destruct (what (by_op b)) as [|m| |]; try discriminate; try (destruct Ib;
        fail).
      destruct Ib as [Ib|[]], Ic as [Ic|[]]; rewrite <- Ib, <- Ic; simpl; congruence. }
    apply (removed_brings_nobody r x (fun b => In b (additions h) /\ is_create (by_op b) = false /\ ((adder b = x /\
      B (by_op b) r = false) \/ through x r (adder b)))) with a; auto.
    - now apply fresh_added_before.
    - intros b [_ [C _]]; auto.
    - intros b [Ib [Cb [H|H]]]; auto; right; intros d Id Ed.
      split; auto; rewrite <- Ed in H; inversion H as [c Ic Cc Ac Bc Ec|c Ic Cc Tc Ec];
        pose proof (F c d Ic Id Ec) as Eo;
        rewrite <- Eo; (split; [auto|]); assert (c = d) by (apply Same; auto); subst d; auto.
    - split; auto; rewrite <- E in T; inversion T as [c Ic Cc Ac Bc Ec|c Ic Cc Tc Ec];
      pose proof (F c a Ic Ia Ec) as Eo;
        rewrite <- Eo; (split; [auto|]); assert (c = a) by (apply Same; auto); subst c; auto.
  Qed.

  (** [membership.members] A removal says nothing of an addition that does not come before it. *)
  Theorem removal_of_stranger r x : In r h -> what r = Remove x -> (forall a, In a (additions h) -> added a = x ->
    B (by_op a) r = false) ->
    members (filter (fun o => negb (eqb o r)) h) B = members h B.
  Proof.
    intros I W A.
    assert (Rm : forall a, In a (additions h) -> removes r (added a) && B (by_op a) r = false).
    { intros a J; unfold removes; rewrite W; destruct (N.eqb_spec x (added a)); auto; simpl; apply A; auto. }
    set (h' := filter (fun o => negb (eqb o r)) h).
    assert (F : forall o, In o h' <-> In o h /\ o <> r).
    { intros o; unfold h'; rewrite filter_In, negb_true_iff; split; intros [J N]; split; auto.
      - intros ->; rewrite eqb_refl in N; discriminate.
      - destruct (eqb o r) eqn:X; auto; apply eqb_eq in X; congruence. }
    assert (Ad : forall a, In a (additions h') <-> In a (additions h)).
    { intros a; rewrite !additions_change, F; split; [tauto|]; intros [J K]; repeat split; auto.
      intros X; apply (addition_no_removal h a x); [now apply additions_change|congruence]. }
    assert (Ed : forall a b, In a (additions h) -> edge h' B a b = edge h B a b).
    { intros a b J; unfold edge; f_equal; f_equal; f_equal; unfold cancelled; apply bool_ext; rewrite !existsb_exists.
      split; intros [q [Iq H]]; exists q; split; auto; [now apply F in Iq|]; apply F; split; auto; intros ->.
      rewrite (Rm a J) in H; discriminate. }
    assert (Re : forall a, Reach h' B a <-> Reach h B a).
    { intros a; split; induction 1 as [a J E|a b R IH J E].
      - apply Reach_root; auto; now apply Ad.
      - apply Reach_edge with a; auto; [now apply Ad|]; rewrite <- Ed; auto; now apply Reach_In in IH.
      - apply Reach_root; auto; now apply Ad.
      - apply Reach_edge with a; auto; [now apply Ad|]; rewrite Ed; auto; now apply Reach_In in R. }
    apply asc_ext; try apply ascending_asc; intros u; rewrite !members_In; split; intros [a [R [E O]]]; exists a.
    - split; [now apply Re|]; split; auto; intros q Iq X.
      destruct (op_eq_dec q r) as [->|N]; [|apply O; auto; now apply F].
      apply Re, Reach_In in R; specialize (Rm a R); rewrite E, X in Rm; auto.
    - split; [now apply Re|]; split; auto; intros q Iq X; apply O; auto; now apply F in Iq.
  Qed.
End Strong.

(** ** Statements that are not true of the definition, with the smallest histories *)

Definition A : user := 1%N. Definition Bob : user := 2%N. Definition C : user := 3%N. Definition D : user := 4%N.
  Definition Z : user := 9%N.
Definition show (l : list op) : option (list user) := match of_list l with inl h => Some (members h (before h)) | inr
  _ => None end.

(** "A removal takes effect whatever is concurrent to it": not if the removed is added again meanwhile.
    Bob leaves, A adds Bob (who is there). *)
Example removal_without_effect :
  show [Op A 1 (Create [A; Bob]); Op Bob 1 (Remove Bob); Op A 2 (Add Bob)] = Some [A; Bob].
Proof. vm_compute; reflexivity. Qed.

(** "Two who remove each other are both out": not if a third adds one again meanwhile. *)
Example mutual_removal_without_effect :
  show [Op A 1 (Create [A; Bob; C]); Op A 2 (Remove Bob); Op Bob 1 (Remove A); Op C 1 (Add A)] = Some [A; C].
Proof. vm_compute; reflexivity. Qed.

(** Nor when everybody is honest (adds whom it has not in its view,
    removes whom it has): A removes and adds Bob again, C removes Bob meanwhile. *)
Example honest_removal_without_effect :
  show [Op A 1 (Create [A; Bob; C]); Op C 1 (Remove Bob); Op A 2 (Remove Bob); Op A 3 (Add Bob)] = Some [A; Bob; C].
Proof. vm_compute; reflexivity. Qed.

(** "Who is being removed cannot bring in anybody meanwhile": not if it was added again meanwhile. *)
Example removed_brings_somebody :
  show [Op A 1 (Create [A; Bob; C]); Op C 1 (Remove Bob); Op A 2 (Add Bob); Op Bob 1 (Ack A 2);
    Op Bob 2 (Add D)] = Some [A; Bob; C; D].
Proof. vm_compute; reflexivity. Qed.

(** "Whom a removed member brought in meanwhile has no effect": it removes others, although it never was a member. *)
Example never_member_removes :
  show [Op A 1 (Create [A; Bob; C]); Op A 2 (Remove Bob); Op Bob 1 (Add D); Op D 1 (Ack Bob 1);
    Op D 2 (Remove C)] = Some [A].
Proof. vm_compute; reflexivity. Qed.

(** "Only members remove": whoever sends a removal does, and the steps accept it. *)
Example stranger_removes : show [Op A 1 (Create [A; Bob]); Op Z 1 (Remove Bob)] = Some [A].
Proof. vm_compute; reflexivity. Qed.

(** "The view as of a message is the same for all who have the message": not with a hole before it,
    and the steps accept holes, because numbers may have gaps. Causal broadcast sees to it that there are none. *)
Definition view_in (l : list op) (m : user) (n : N) : option (list user) := match of_list l with inl h => Some
  (member_view h m n) | inr _ => None end.
Example a_hole_is_not_seen :
  view_in [Op A 1 (Create [A; Bob]); Op A 2 (Remove Bob); Op A 3 (Add C)] A 3 = Some [A; C] /\
  view_in [Op A 1 (Create [A; Bob]); Op A 3 (Add C)] A 3 = Some [A; Bob; C].
Proof. split; vm_compute; reflexivity. Qed.
