(** Definition 6: what the computation computes,
    and that it depends on nothing but the set of changes and their order. *)
From Coq Require Import List NArith Arith Bool Lia.
From Conclave Require Import GroupMembership MembershipOrder.
Import ListNotations.

(** ** Ascending lists *)

Inductive asc : list N -> Prop :=
| asc_nil : asc []
| asc_cons x l : asc l -> (forall y, In y l -> (x < y)%N) -> asc (x :: l).

Lemma insert_In x l y : In y (insert x l) <-> y = x \/ In y l.
Proof.
  induction l as [|z l IH]; simpl; [intuition|].
  destruct (N.compare_spec x z); subst; simpl; rewrite ?IH; intuition.
Qed.
Lemma insert_asc x l : asc l -> asc (insert x l).
Proof.
  induction 1 as [|z l A IH L]; simpl.
  - constructor; [constructor|intros y []].
  - destruct (N.compare_spec x z).
    + now constructor.
    + constructor; [now constructor|]; intros y [<-|I]; auto; specialize (L _ I); lia.
    + constructor; auto; intros y I; apply insert_In in I; destruct I as [->|I]; auto.
Qed.
Lemma ascending_In l y : In y (ascending l) <-> In y l.
Proof. induction l; simpl; [tauto|]; rewrite insert_In, IHl; intuition. Qed.
Lemma ascending_asc l : asc (ascending l).
Proof. induction l; simpl; [constructor|]; now apply insert_asc. Qed.
Lemma asc_ext l1 : asc l1 -> forall l2, asc l2 -> (forall x, In x l1 <-> In x l2) -> l1 = l2.
Proof.
  induction 1 as [|x l1 A IH L]; intros l2 A2 E.
  - destruct l2 as [|y l2]; auto; exfalso; apply (E y); now left.
  - destruct A2 as [|y l2 A2 L2]; [exfalso; apply (E x); now left|].
    assert (x = y).
    { destruct (proj1 (E x) (or_introl eq_refl)) as [?|I]; auto.
      destruct (proj2 (E y) (or_introl eq_refl)) as [?|J]; auto.
      apply L in J; apply L2 in I; lia. }
    subst y; f_equal; apply IH; auto; intros z; split; intros I.
    + destruct (proj1 (E z) (or_intror I)) as [<-|]; auto; apply L in I; lia.
    + destruct (proj2 (E z) (or_intror I)) as [<-|]; auto; apply L2 in I; lia.
Qed.

(** ** What is reached *)

Section Reach.
  Variable ops : list op.
  Variable bef : op -> op -> bool.

  Inductive Reach : addition -> Prop :=
  | Reach_root a : In a (additions ops) -> is_root a = true -> Reach a
  | Reach_edge a b : Reach a -> In b (additions ops) -> edge ops bef a b = true -> Reach b.

  Definition Member (u : user) : Prop :=
    exists a, Reach a /\ added a = u /\ forall r, In r ops -> removes r u = true -> bef (by_op a) r = false.

  Lemma grow_In r b : In b (grow ops bef r) <->
    In b (additions ops) /\ (In b r \/ exists a, In a r /\ edge ops bef a b = true).
  Proof.
    unfold grow, all; rewrite filter_In, orb_true_iff, existsb_exists.
    destruct (in_dec addition_eq_dec b r); intuition congruence.
  Qed.

  Let step (r : list addition) := grow ops bef r.

  Lemma iterate_sound n : forall r, (forall a, In a r -> Reach a) -> forall a, In a (iterate ops bef n r) -> Reach a.
  Proof.
    induction n as [|n IH]; intros r H a; simpl; auto.
    apply IH; intros b I; apply grow_In in I; destruct I as [I [J|[c [J E]]]]; auto.
    apply Reach_edge with c; auto.
  Qed.

  (** Either nothing is new any more, or more of [additions ops] is in. *)
  Lemma filter_le {A} (p q : A -> bool) l : (forall x, p x = true -> q x = true) ->
    length (filter p l) <= length (filter q l) /\ (length (filter p l) = length (filter q l) ->
      filter p l = filter q l).
  Proof.
    intros H; induction l as [|x l [L E]]; simpl; [auto|].
    destruct (p x) eqn:P; [rewrite (H _ P); simpl; split; [lia|intros; f_equal; apply E; lia]|].
    destruct (q x); simpl; split; try lia; auto.
  Qed.

  Definition sub (p : addition -> bool) := filter p (additions ops).
  Lemma filter_bound {A} (p : A -> bool) l : length (filter p l) <= length l.
  Proof. induction l; simpl; [lia|]; destruct (p a); simpl; lia. Qed.

  Lemma iterate_fix n : forall p, length (additions ops) <= n + length (sub p) ->
    grow ops bef (iterate ops bef n (sub p)) = iterate ops bef n (sub p).
  Proof.
    assert (G : forall p, exists q, grow ops bef (sub p) = sub q /\ forall x, In x (additions ops) -> p x = true ->
      q x = true).
    { intros p; eexists; split; [reflexivity|]; intros x I P; simpl.
      destruct (in_dec addition_eq_dec x (sub p)) as [_|N]; [reflexivity|].
      exfalso; apply N; apply filter_In; auto. }
    assert (F : forall p q, (forall x, In x (additions ops) -> p x = true -> q x = true) ->
       length (sub p) <= length (sub q) /\ (length (sub p) = length (sub q) -> sub p = sub q)).
    { intros p q H. unfold sub. 
      assert (E : filter p (additions ops) = filter (fun x => p x && (if in_dec addition_eq_dec x (additions ops)
        then true else false)) (additions ops)).
      { apply filter_ext_in; intros x I; destruct (in_dec addition_eq_dec x (additions ops));
        [now rewrite andb_true_r|contradiction]. }
      rewrite E; apply filter_le; intros x I.
      apply andb_true_iff in I; destruct I as [P I]; destruct (in_dec addition_eq_dec x (additions ops));
        [auto|discriminate]. }
    induction n as [|n IH]; intros p L; simpl.
    - destruct (G p) as [q [E H]]; rewrite E; symmetry; destruct (F p q H) as [L1 L2]; apply L2.
      pose proof (filter_bound q (additions ops)); unfold sub in *; simpl in L; lia.
    - destruct (G p) as [q [E H]]; rewrite E.
      destruct (F p q H) as [L1 L2].
      destruct (Nat.eq_dec (length (sub p)) (length (sub q))) as [Eq|Ne].
      + rewrite <- (L2 Eq) in *.
        assert (K : forall m, iterate ops bef m (sub p) = sub p).
        { induction m; simpl; auto; now rewrite E. }
        now rewrite K.
      + apply IH; lia.
  Qed.

  Lemma iterate_grows n : forall r, incl r (additions ops) -> incl r (iterate ops bef n r).
  Proof.
    induction n as [|n IH]; intros r H; simpl; [apply incl_refl|].
    apply incl_tran with (grow ops bef r).
    - intros x I; apply grow_In; auto.
    - apply IH; intros x I; now apply grow_In in I.
  Qed.

  (** [membership.members] The computed set of additions is exactly those that can be reached from the root. *)
  Theorem reached_In a : In a (reached ops bef) <-> Reach a.
  Proof.
    unfold reached, all; split.
    - apply iterate_sound; intros b I; apply filter_In in I; apply Reach_root; tauto.
    - assert (Fx := iterate_fix (length (additions ops)) is_root ltac:(lia)); unfold sub in Fx.
      intros R; induction R as [a I E|a b R IH I E].
      + apply iterate_grows; [intros x J; now apply filter_In in J|]; now apply filter_In.
      + rewrite <- Fx; apply grow_In; split; auto; right; exists a; auto.
  Qed.

  (** [membership.members] Somebody is a member exactly when one of its additions can still be reached from the root,
      and no removal of it comes after that addition (definition 6). *)
  Theorem members_In u : In u (members ops bef) <-> Member u.
  Proof.
    unfold members, Member; rewrite ascending_In, in_map_iff; split.
    - intros [a [E I]]; apply filter_In in I; destruct I as [I O]; apply reached_In in I.
      exists a; repeat split; auto; intros r J R.
      destruct (bef (by_op a) r) eqn:B; auto.
      apply negb_true_iff in O; unfold is_out in O; rewrite <- O; symmetry.
      apply existsb_exists; exists r; subst u; now rewrite R, B.
    - intros [a [R [E O]]]; exists a; split; auto; apply filter_In; split; [now apply reached_In|].
      apply negb_true_iff; unfold is_out; destruct (existsb _ ops) eqn:X; auto.
      apply existsb_exists in X; destruct X as [r [I C]]; apply andb_true_iff in C; destruct C as [C1 C2].
      subst u; rewrite (O r I C1) in C2; discriminate.
  Qed.
End Reach.

(** ** Members depend on the set of changes and their order alone *)

Lemma additions_change ops a : In a (additions ops) <-> In (by_op a) ops /\ In a (additions_of (by_op a)).
Proof.
  unfold additions; rewrite in_flat_map; split.
  - intros [o [I J]]; assert (by_op a = o) as ->; auto.
    unfold additions_of in J; destruct (what o); try destruct J as [<-|[]]; try (destruct J; fail); auto.
    apply in_map_iff in J; destruct J as [m [<- _]]; reflexivity.
  - intros [I J]; exists (by_op a); auto.
Qed.
Lemma additions_of_change a : In a (additions_of (by_op a)) -> is_change (by_op a) = true.
Proof. unfold additions_of, is_change; destruct (what (by_op a)); auto; intros []. Qed.
Lemma removes_change r u : removes r u = true -> is_change r = true.
Proof. unfold removes, is_change; destruct (what r); auto. Qed.

Section Ext.
  Variables (ops1 ops2 : list op) (b1 b2 : op -> op -> bool).
  Hypothesis Same : forall x, is_change x = true -> (In x ops1 <-> In x ops2).
  Hypothesis Order : forall x y, In x ops1 -> In y ops1 -> is_change x = true -> is_change y = true -> b1 x y = b2 x y.

  Lemma additions_same a : In a (additions ops1) <-> In a (additions ops2).
  Proof. rewrite !additions_change; split; intros [I J]; split; auto; apply Same; auto;
    now apply additions_of_change. Qed.

  Lemma cancelled_same a b : In a (additions ops1) -> In b (additions ops1) ->
    cancelled ops1 b1 a b = cancelled ops2 b2 a b.
  Proof.
    intros Ia Ib; apply additions_change in Ia, Ib; destruct Ia as [Ia Ca], Ib as [Ib Cb].
    apply additions_of_change in Ca, Cb.
    apply bool_ext; unfold cancelled; rewrite !existsb_exists; split; intros [r [I H]]; exists r.
    - apply andb_true_iff in H; destruct H as [H H3]; apply andb_true_iff in H; destruct H as [H1 H2].
      pose proof (removes_change _ _ H1); split; [now apply Same|]; rewrite <- !Order; auto; now rewrite H1, H2, H3.
    - apply andb_true_iff in H; destruct H as [H H3]; apply andb_true_iff in H; destruct H as [H1 H2].
      pose proof (removes_change _ _ H1) as C; assert (I' : In r ops1) by now apply Same.
      split; auto; rewrite !Order; auto; now rewrite H1, H2, H3.
  Qed.

  Lemma edge_same a b : In a (additions ops1) -> In b (additions ops1) -> edge ops1 b1 a b = edge ops2 b2 a b.
  Proof.
    intros Ia Ib; unfold edge; rewrite cancelled_same; auto.
    apply additions_change in Ia, Ib; destruct Ia as [Ia Ca], Ib as [Ib Cb].
    apply additions_of_change in Ca, Cb; now rewrite Order.
  Qed.

  Lemma Reach_In ops b a : Reach ops b a -> In a (additions ops).
  Proof. destruct 1; auto. Qed.

  Lemma Reach_same a : Reach ops1 b1 a <-> Reach ops2 b2 a.
  Proof.
    split; induction 1 as [a I E|a b R IH I E].
    - apply Reach_root; auto; now apply additions_same.
    - apply Reach_edge with a; auto; [now apply additions_same|].
      rewrite <- edge_same; auto; now apply Reach_In in R.
    - apply Reach_root; auto; now apply additions_same.
    - apply Reach_edge with a; auto; [now apply additions_same|].
      rewrite edge_same; auto; [apply Reach_In in R; now apply additions_same | now apply additions_same].
  Qed.

  (** [membership.members] The members depend on nothing but the set of changes and what is before what among them. *)
  Theorem members_same : members ops1 b1 = members ops2 b2.
  Proof.
    apply asc_ext; try apply ascending_asc.
    intros u; rewrite !members_In; split; intros [a [R [E O]]]; exists a.
    - pose proof (Reach_In _ _ _ R) as I; apply additions_change in I; destruct I as [I C];
      apply additions_of_change in C.
      split; [now apply Reach_same|]; split; auto; intros r J X; pose proof (removes_change _ _ X).
      assert (In r ops1) by now apply Same. rewrite <- Order; auto.
    - assert (R1 : Reach ops1 b1 a) by now apply Reach_same.
      pose proof (Reach_In _ _ _ R1) as I; apply additions_change in I; destruct I as [I C];
        apply additions_of_change in C.
      split; auto; split; auto; intros r J X; pose proof (removes_change _ _ X).
      rewrite Order; auto; apply O; auto; now apply Same.
  Qed.
End Ext.

(** [membership.members] Acks matter only for what is before what. *)
Corollary members_of_changes ops b : members (filter is_change ops) b = members ops b.
Proof. apply members_same; auto; intros x C; rewrite filter_In; intuition. Qed.

(** ** Convergence *)

(** [membership.members] Whoever has seen the same operations has the same members, in whatever order they came. *)
Theorem members_convergent h1 h2 : valid h1 -> valid h2 -> (forall x, In x h1 <-> In x h2) ->
  members h1 (before h1) = members h2 (before h2).
Proof. intros V1 V2 S; apply members_same; auto; intros; now apply before_convergent. Qed.

Lemma known_In h own x : In x (known h own) <->
  In x h /\ exists one, In one h /\ own one = true /\ (x = one \/ before h x one = true).
Proof.
  unfold known; rewrite filter_In, existsb_exists; split; intros [I [one H]]; split; auto; exists one.
  - rewrite filter_In, orb_true_iff, eqb_eq in H; intuition.
  - rewrite filter_In, orb_true_iff, eqb_eq; intuition.
Qed.

(** [membership.view] Whoever has seen the same operations has the same views as of every message. *)
Theorem views_convergent h1 h2 : valid h1 -> valid h2 -> (forall x, In x h1 <-> In x h2) ->
  forall m n, member_view h1 m n = member_view h2 m n.
Proof.
  intros V1 V2 S m n; apply members_same; intros; try now apply before_convergent.
  unfold known_to; rewrite !known_In, S; split; intros [I [one [J [O B]]]]; split; auto; exists one; repeat split; auto;
    try now apply S.
  - destruct B; auto; right; erewrite before_convergent; eauto; intros; symmetry; auto.
  - destruct B; auto; right; erewrite before_convergent; eauto.
Qed.

(** ** What somebody knows *)

(** [membership.view] What somebody knows is closed: whatever is before a known operation is known too. *)
Theorem known_closed h own : NoDup h -> forall a b, In b (known h own) -> before h a b = true -> In a (known h own).
Proof.
  intros D a b I B; apply known_In in I; destruct I as [_ [one [J [O H]]]]; apply known_In.
  split; [now apply before_In in B|]; exists one; repeat split; auto; right.
  destruct H as [->|H]; auto; now apply before_trans with b.
Qed.

(** [membership.kept] Of the operations of one sender those known are the earliest ones. *)
Corollary known_earliest h own : valid h -> forall a b, In b (known h own) -> In a h -> sender a = sender b ->
  (seqno a < seqno b)%N -> In a (known h own).
Proof.
  intros V a b I Ia E L; apply known_closed with b; auto; [now apply valid_NoDup|].
  apply same_sender_before; auto; now apply known_In in I.
Qed.

(** [membership.view] Who knows something as of a message knows it as of each later one. *)
Theorem known_grows h m n n' : (n <= n')%N -> incl (known_to h m n) (known_to h m n').
Proof.
  intros L x I; apply known_In in I; destruct I as [I [one [J [O B]]]]; apply known_In; split; auto; exists one.
  repeat split; auto; unfold of_user_up_to in *; apply andb_true_iff in O; destruct O as [-> O].
  apply N.leb_le in O; simpl; apply N.leb_le; lia.
Qed.

(** [membership.view] Whoever has sent something knows the create. *)
Theorem known_create h own : valid h -> forall one c, In one h -> own one = true -> In c h -> is_create c = true ->
  In c (known h own).
Proof.
  intros V one c I O J C; apply known_In; split; auto; exists one; repeat split; auto.
  destruct (create_first_of_all h V c J C) as [_ F].
  destruct (op_eq_dec one c); auto.
Qed.

(** What is known as of a message is that message and what is before it. *)
Lemma known_as_of h : valid h -> forall o, In o h -> forall x,
  In x (known_to h (sender o) (seqno o)) <-> In x h /\ (x = o \/ before h x o = true).
Proof.
  intros V o I x; unfold known_to; rewrite known_In; split; intros [J H]; split; auto.
  - destruct H as [one [K [O B]]]; unfold of_user_up_to in O; apply andb_true_iff in O; destruct O as [O1 O2].
    apply N.eqb_eq in O1; apply N.leb_le in O2.
    destruct (N.eq_dec (seqno one) (seqno o)) as [E|E].
    + assert (one = o) by (eapply valid_unique; eauto); subst; auto.
    + assert (before h one o = true) by (apply same_sender_before; auto; lia).
      right; destruct B as [->|B]; auto; apply before_trans with one; auto; now apply valid_NoDup.
  - exists o; repeat split; auto; unfold of_user_up_to; now rewrite N.eqb_refl, N.leb_refl.
Qed.

(** [membership.view] The view as of a message stays what it was, whatever is appended. *)
Theorem view_stable l h : valid (l ++ h) -> forall o, In o h ->
  member_view (l ++ h) (sender o) (seqno o) = member_view h (sender o) (seqno o).
Proof.
  intros V o I.
  assert (Vh : valid h). { revert V; clear; induction l; simpl; auto; intros V; apply IHl; now apply valid_tail in V. }
  assert (B : forall x, In x (l ++ h) /\ (x = o \/ before (l ++ h) x o = true) <-> In x h /\
    (x = o \/ before h x o = true)).
  { intros x; rewrite before_stable; auto; split; intros [J H]; split; auto.
    - destruct H as [->|H]; auto; apply before_In in H; [tauto|now apply valid_NoDup].
    - apply in_or_app; now right. }
  apply members_same.
  - intros x _; rewrite !known_as_of, B; auto; try tauto; apply in_or_app; now right.
  - intros x y Hx Hy _ _; apply before_stable; auto.
    apply known_as_of in Hy; auto; [|apply in_or_app; now right].
    now apply B in Hy.
Qed.
