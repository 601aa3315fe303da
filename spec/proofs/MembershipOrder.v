(** What is before what: the computed relation is the transitive closure of the three rules,
    whatever the order of writing. *)
From Coq Require Import List NArith Arith Bool Lia.
From Conclave Require Import GroupMembership.
Import ListNotations.

Lemma eqb_eq a b : eqb a b = true <-> a = b.
Proof. unfold eqb; destruct (op_eq_dec a b); split; congruence. Qed.
Lemma eqb_refl a : eqb a a = true.
Proof. now apply eqb_eq. Qed.
Lemma mem_In a l : mem a l = true <-> In a l.
Proof.
  unfold mem; rewrite existsb_exists; split.
  - intros [x [H E]]; apply eqb_eq in E; now subst.
  - intros H; exists a; split; auto; apply eqb_refl.
Qed.

Lemma bool_ext (a b : bool) : (a = true <-> b = true) -> a = b.
Proof. destruct a, b; intuition congruence. Qed.

(** ** Valid histories *)

Ltac vinv H := inversion H; subst; clear H.

Lemma valid_tail o h : valid (o :: h) -> valid h.
Proof. intros H; vinv H; auto; constructor. Qed.

Lemma valid_rises o h : valid (o :: h) -> forall p, In p h -> sender p = sender o -> (seqno p < seqno o)%N.
Proof. intros H; vinv H; auto; intros p []. Qed.

Lemma valid_fresh o h : valid (o :: h) -> ~ In o h.
Proof. intros H I; pose proof (valid_rises _ _ H o I eq_refl); lia. Qed.

Lemma valid_no_create o h : valid (o :: h) -> h <> [] -> is_create o = false.
Proof. intros H; vinv H; intuition. Qed.

Lemma valid_NoDup h : valid h -> NoDup h.
Proof.
  induction h as [|o h IH]; intros V; constructor; [now apply valid_fresh | apply IH; now apply valid_tail in V].
Qed.

(** [membership.seq-rises] In a history no two operations have the same sender and the same number. *)
Theorem valid_unique h : valid h -> forall a b, In a h -> In b h -> sender a = sender b -> seqno a = seqno b -> a = b.
Proof.
  induction h as [|o h IH]; intros V a b; [intros []|].
  intros [<-|Ha] [<-|Hb] Es En; auto.
  - pose proof (valid_rises _ _ V b Hb (eq_sym Es)); lia.
  - pose proof (valid_rises _ _ V a Ha Es); lia.
  - apply IH; auto; now apply valid_tail in V.
Qed.

Lemma valid_ack h : valid h -> forall b s n, In b h -> what b = Ack s n ->
  exists c, In c h /\ is_change c = true /\ sender c = s /\ seqno c = n.
Proof.
  induction h as [|o h IH]; intros V b s n; [intros []|].
  intros [<-|Hb] E.
  - vinv V; [congruence|]. destruct (H5 _ _ E) as [c [? ?]]; exists c; intuition.
  - destruct (IH (valid_tail _ _ V) b s n Hb E) as [c [? ?]]; exists c; intuition.
Qed.

Lemma valid_has_create h : valid h -> h <> [] -> exists c, In c h /\ is_create c = true.
Proof.
  induction 1; intros N.
  - congruence.
  - exists o; split; [now left|]; unfold is_create; now rewrite H.
  - destruct IHvalid as [c [? ?]]; auto; exists c; split; auto; now right.
Qed.

Lemma valid_one_create h : valid h -> forall a b, In a h -> In b h -> is_create a = true -> is_create b = true -> a = b.
Proof.
  induction 1; intros a b Ha Hb Ca Cb.
  - destruct Ha.
  - destruct Ha as [<-|[]], Hb as [<-|[]]; auto.
  - destruct Ha as [<-|Ha]; [congruence|]; destruct Hb as [<-|Hb]; [congruence|]; auto.
Qed.

(** ** One operation more *)

Lemma pasts_fst h : map fst (pasts h) = h.
Proof. induction h; simpl; congruence. Qed.

Lemma past_In h : NoDup h -> forall c l, In (c, l) (pasts h) <-> In c h /\ past (pasts h) c = l.
Proof.
  induction 1 as [|o h N D IH]; intros c l; simpl; [tauto|].
  destruct (op_eq_dec o c) as [<-|E].
  - split.
    + intros [H|H].
      * injection H as <-; auto.
      * apply IH in H; tauto.
    + intros [_ <-]; now left.
  - split.
    + intros [H|H]; [congruence|]; apply IH in H; tauto.
    + intros [[H|H] P]; [congruence|]; right; apply IH; auto.
Qed.

Lemma before_def h a b : before h a b = true <-> In a (past (pasts h) b).
Proof. apply mem_In. Qed.

Lemma before_old o h a b : b <> o -> before (o :: h) a b = before h a b.
Proof.
  intros N; apply bool_ext; rewrite !before_def; simpl.
  destruct (op_eq_dec o b); [congruence|tauto].
Qed.

Lemma before_new o h : NoDup h -> forall a,
  before (o :: h) a o = true <-> exists c, In c h /\ direct c o = true /\ (a = c \/ before h a c = true).
Proof.
  intros D a; rewrite before_def; simpl.
  destruct (op_eq_dec o o) as [_|?]; [|congruence].
  rewrite nodup_In, in_flat_map; split.
  - intros [[c l] [I H]]; simpl in H.
    apply past_In in I; auto; destruct I as [I P].
    destruct (direct c o) eqn:E; [|destruct H].
    exists c; repeat split; auto.
    destruct H as [->|H]; auto; right; apply before_def; now rewrite P.
  - intros [c [I [E H]]]; exists (c, past (pasts h) c); split; [now apply past_In|].
    simpl; rewrite E; destruct H as [->|H]; [now left|right; now apply before_def].
Qed.

Lemma before_In h : NoDup h -> forall a b, before h a b = true -> In a h /\ In b h.
Proof.
  induction h as [|o h IH]; intros D a b; [rewrite before_def; intros []|].
  assert (D' : NoDup h) by now inversion D.
  destruct (op_eq_dec b o) as [->|N].
  - rewrite before_new; auto; intros [c [I [_ [->|H]]]]; split; try (now left); right; auto.
    now apply IH in H.
  - rewrite before_old; auto; intros H; apply IH in H; simpl; tauto.
Qed.

(** ** A strict order *)

Lemma before_irrefl h : NoDup h -> forall a, before h a a = false.
Proof.
  induction h as [|o h IH]; intros D a; [reflexivity|].
  inversion D as [|? ? N D']; subst.
  destruct (op_eq_dec a o) as [->|E]; [|rewrite before_old; auto].
  destruct (before (o :: h) o o) eqn:B; auto.
  apply before_new in B; auto; destruct B as [c [I [_ [->|H]]]]; [contradiction|].
  apply before_In in H; tauto.
Qed.

Lemma before_trans h : NoDup h -> forall a b c, before h a b = true -> before h b c = true -> before h a c = true.
Proof.
  induction h as [|o h IH]; intros D a b c; [rewrite !before_def; intros []|].
  inversion D as [|? ? N D']; subst.
  assert (Old : forall x y, before h x y = true -> y <> o).
  { intros x y H ->; apply before_In in H; tauto. }
  destruct (op_eq_dec c o) as [->|E].
  - rewrite (before_new o h D' b), (before_new o h D' a).
    intros Hab [d [I [Ed H]]].
    assert (Nb : b <> o). { destruct H as [->|H]; [intros ->; contradiction|]. intros ->; apply before_In in H; tauto. }
    rewrite before_old in Hab; auto.
    exists d; repeat split; auto; right.
    destruct H as [->|H]; auto; apply IH with b; auto.
  - rewrite !(before_old o h _ c); auto; intros Hab Hbc.
    assert (Nb : b <> o). { intros ->; apply before_In in Hbc; tauto. }
    rewrite before_old in Hab; auto; apply IH with b; auto.
Qed.

Lemma before_asym h : NoDup h -> forall a b, before h a b = true -> before h b a = false.
Proof.
  intros D a b H; destruct (before h b a) eqn:B; auto.
  pose proof (before_trans h D _ _ _ H B) as C; rewrite before_irrefl in C; auto.
Qed.

(** The order in which a history is written is one of those that respect [before]. *)
Lemma before_written h : NoDup h -> forall o t l, h = l ++ o :: t -> forall a, before h a o = true -> In a t.
Proof.
  induction h as [|p h IH]; intros D o t l E a B.
  - destruct l; discriminate.
  - inversion D as [|? ? N D']; subst.
    destruct l as [|q l]; injection E as -> ->.
    + apply before_new in B; auto; destruct B as [c [I [_ [->|H]]]]; auto; now apply before_In in H.
    + rewrite before_old in B.
      * now apply (IH D' o t l eq_refl a).
      * intros ->; apply N; apply in_or_app; right; now left.
Qed.

(** ** The closure of the three rules *)

Lemma direct_before h : valid h -> forall a b, In a h -> In b h -> a <> b -> direct a b = true -> before h a b = true.
Proof.
  induction h as [|o h IH]; intros V a b Ha Hb N E; [destruct Ha|].
  pose proof (valid_NoDup _ (valid_tail _ _ V)) as D.
  destruct (op_eq_dec b o) as [->|Nb].
  - destruct Ha as [<-|Ha]; [congruence|].
    apply before_new; auto; exists a; auto.
  - rewrite before_old; auto; destruct Hb as [<-|Hb]; [congruence|].
    destruct Ha as [<-|Ha]; [|apply IH; auto; now apply valid_tail in V].
    exfalso; unfold direct in E; apply orb_true_iff in E; destruct E as [E|E]; [apply orb_true_iff in E;
      destruct E as [E|E]|].
    + rewrite (valid_no_create _ _ V) in E; [discriminate|]; intros ->; destruct Hb.
    + apply andb_true_iff in E; destruct E as [E1 E2]; apply N.eqb_eq in E1; apply N.ltb_lt in E2.
      pose proof (valid_rises _ _ V b Hb (eq_sym E1)); lia.
    + unfold acks in E; destruct (what b) eqn:W; try discriminate.
      apply andb_true_iff in E; destruct E as [E1 E2]; apply N.eqb_eq in E1, E2; subst.
      destruct (valid_ack _ (valid_tail _ _ V) b _ _ Hb W) as [c [I [_ [Es En]]]].
      pose proof (valid_rises _ _ V c I Es); lia.
Qed.

Lemma lt_mono (S T : op -> Prop) : (forall x, S x -> T x) -> forall a b, lt S a b -> lt T a b.
Proof. intros M a b H; induction H; [apply lt_direct | apply lt_trans with b]; auto. Qed.

(** [membership.view] What is before what, as it is computed,
    is the transitive closure of the three rules: the create before everything,
    lower before higher numbers of one sender, what is acknowledged before its ack. *)
Theorem before_is_closure h : valid h -> forall a b, before h a b = true <-> lt (fun x => In x h) a b.
Proof.
  intros V a b; split.
  - revert a b; induction h as [|o h IH]; intros a b; [rewrite before_def; intros []|].
    pose proof (valid_NoDup _ (valid_tail _ _ V)) as D.
    assert (M : forall x y, before h x y = true -> lt (fun z => In z (o :: h)) x y).
    { intros x y H; apply lt_mono with (fun z => In z h); [intros; now right|]; apply IH; auto;
      now apply valid_tail in V. }
    destruct (op_eq_dec b o) as [->|Nb]; [|rewrite before_old; auto].
    rewrite before_new; auto; intros [c [I [E H]]].
    assert (L : lt (fun z => In z (o :: h)) c o).
    { apply lt_direct; simpl; auto; intros ->; now apply valid_fresh in V. }
    destruct H as [->|H]; auto; apply lt_trans with c; auto.
  - intros H; induction H; [now apply direct_before|].
    apply before_trans with b; auto; now apply valid_NoDup.
Qed.

(** [membership.create-first] The create is before everything else, and nothing is before the create. *)
Theorem create_first_of_all h : valid h -> forall c, In c h -> is_create c = true ->
  (forall a, before h a c = false) /\ (forall b, In b h -> b <> c -> before h c b = true).
Proof.
  intros V c I C; split.
  - intros a; revert I; induction h as [|o h IH]; intros I; [destruct I|].
    pose proof (valid_NoDup _ (valid_tail _ _ V)) as D.
    destruct (op_eq_dec c o) as [->|N].
    + destruct (before (o :: h) a o) eqn:B; auto.
      apply before_new in B; auto; destruct B as [d [Id _]].
      rewrite (valid_no_create _ _ V) in C; [discriminate|]; intros ->; destruct Id.
    + rewrite before_old; auto; apply IH; [now apply valid_tail in V|].
      destruct I; [congruence|auto].
  - intros b Hb N; apply direct_before; auto; unfold direct; now rewrite C.
Qed.

(** Operations of one sender are in the order of their numbers. *)
Lemma same_sender_before h : valid h -> forall a b, In a h -> In b h -> sender a = sender b ->
  (before h a b = true <-> (seqno a < seqno b)%N).
Proof.
  intros V a b Ha Hb E; pose proof (valid_NoDup _ V) as D.
  assert (F : forall x y, In x h -> In y h -> sender x = sender y -> (seqno x < seqno y)%N -> before h x y = true).
  { intros x y Hx Hy Es L; apply direct_before; auto; [intros ->; lia|].
    unfold direct; apply N.eqb_eq in Es; apply N.ltb_lt in L; rewrite Es, L; now rewrite orb_true_r. }
  split; [|auto].
  intros B; destruct (N.lt_trichotomy (seqno a) (seqno b)) as [L|[L|L]]; auto; exfalso.
  - assert (a = b) by (eapply valid_unique; eauto); subst; rewrite before_irrefl in B; auto; discriminate.
  - apply F in L; auto; rewrite (before_asym h D a b) in L; auto; discriminate.
Qed.

(** ** Convergence of the order *)

(** [membership.members] Whoever has the same operations, in whatever order they came, has the same order among them. *)
Theorem before_convergent h1 h2 : valid h1 -> valid h2 -> (forall x, In x h1 <-> In x h2) ->
  forall a b, before h1 a b = before h2 a b.
Proof.
  intros V1 V2 S a b; apply bool_ext.
  rewrite !before_is_closure; auto; split; apply lt_mono; intros; now apply S.
Qed.

(** [membership.view] What is appended later changes nothing in what is before what was there. *)
Theorem before_stable l h : valid (l ++ h) -> forall a b, In b h -> before (l ++ h) a b = before h a b.
Proof.
  induction l as [|o l IH]; intros V a b I; [reflexivity|]; simpl in *.
  rewrite before_old; [apply IH; auto; now apply valid_tail in V|].
  intros ->; apply (valid_fresh _ _ V); apply in_or_app; now right.
Qed.
