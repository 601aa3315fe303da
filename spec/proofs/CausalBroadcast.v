(** The chapter "causal-broadcast": what is taken is taken once, in the sender's order without holes,
    and after what it acknowledges; and what can be taken is.

    Modelled: one receiver, to whom a network brings messages in any order and as often as it likes; what is held, and
    loses anything at any time (limits, [forget]); what is withheld, by a predicate of which nothing is asked
    (FormerMembers.v has the one of the chapter). A message of an envelope comes by itself.
    Not modelled: signatures and digests (who equivocates is two senders here), bundles, confirmations. *)
From Coq Require Import List Arith Bool Lia.
Import ListNotations.

Record message := Message { sender : nat; number : nat; acknowledges : list (nat * nat); digest : nat }.
Definition message_eq_dec : forall a b : message, {a = b} + {a <> b}.
Proof. repeat decide equality. Defined.

Section Receiver.
  (** What the welcome counts as seen; 0 for who was there from the create on. *)
  Variable base : nat -> nat.
  (** Whether a message that could be taken is withheld, by what was taken so far and what is held beside it. *)
  Variable withheld : list message -> list message -> message -> bool.

  (** What was taken, newest first, and what is held. *)
  Record state := State { taken : list message; held : list message }.

  Definition seen (l : list message) (x : nat) : nat := base x + length (filter (fun m => sender m =? x) l).
  Definition is_due (l : list message) (m : message) : bool :=
    (number m =? S (seen l (sender m))) && forallb (fun a => snd a <=? seen l (fst a)) (acknowledges m).
  Definition takes (l h : list message) (m : message) : bool := is_due l m && negb (withheld l h m).

  (** The first of [c], which are held among [h], that can be taken. *)
  Fixpoint pick (l h c : list message) : option (message * list message) :=
    match c with
    | [] => None
    | m :: r => if takes l h m then Some (m, r) else match pick l h r with Some (x, r') => Some (x,
      m :: r') | None => None end
    end.
  Fixpoint retry (fuel : nat) (s : state) : state :=
    match fuel with
    | 0 => s
    | S f => match pick (taken s) (held s) (held s) with Some (m, r) => retry f (State (m :: taken s) r) | None => s end
    end.
  Definition receive (s : state) (m : message) : state :=
    if number m <=? seen (taken s) (sender m) then s else retry (S (length (held s))) (State (taken s) (held s ++ [m])).

  Inductive event := Arrives (m : message) | Loses (keeps : message -> bool).
  Definition act (s : state) (e : event) : state :=
    match e with Arrives m => receive s m | Loses keeps => State (taken s) (filter keeps (held s)) end.
  Definition run (l : list event) : state := fold_left act l (State [] []).

  (** ** What is taken is in order *)

  (** Each message is its sender's next, and comes after all that it acknowledges. *)
  Inductive ordered : list message -> Prop :=
  | ordered_nil : ordered []
  | ordered_cons m l : ordered l -> number m = S (seen l (sender m)) ->
      (forall x k, In (x, k) (acknowledges m) -> k <= seen l x) -> ordered (m :: l).

  Lemma due_ordered l h m : ordered l -> takes l h m = true -> ordered (m :: l).
  Proof.
    unfold takes, is_due; intros O H; apply andb_true_iff in H; destruct H as [H _]; apply andb_true_iff in H;
      destruct H as [H1 H2].
    apply Nat.eqb_eq in H1; rewrite forallb_forall in H2; constructor; auto.
    intros x k I; specialize (H2 _ I); now apply Nat.leb_le in H2.
  Qed.

  Lemma pick_takes l a h m r : pick l a h = Some (m, r) ->
    takes l a m = true /\ In m h /\ length h = S (length r) /\ forall x, In x h <-> x = m \/ In x r.
  Proof.
    revert r; induction h as [|y h IH]; intros r; simpl; [discriminate|].
    destruct (takes l a y) eqn:T; [intros E; injection E as <- <-; repeat split; auto; intuition|].
    destruct (pick l a h) as [[x r']|]; [|discriminate]; intros E; injection E as -> <-.
    destruct (IH r' eq_refl) as [H1 [H2 [H3 H4]]].
    split; auto; split; [now right|]; split; [simpl; lia|]; intros z; simpl; rewrite (H4 z); tauto.
  Qed.
  Lemma pick_none l a h : pick l a h = None -> forall m, In m h -> takes l a m = false.
  Proof.
    induction h as [|y h IH]; simpl; intros E m [].
    - subst; now destruct (takes l a m).
    - destruct (takes l a y); [discriminate|]; apply IH; auto; now destruct (pick l a h) as [[? ?]|].
  Qed.

  Lemma retry_ordered f : forall s, ordered (taken s) -> ordered (taken (retry f s)).
  Proof.
    induction f as [|f IH]; intros s O; simpl; auto.
    destruct (pick (taken s) (held s) (held s)) as [[m r]|] eqn:P; auto; apply IH; apply pick_takes in P; simpl;
      now apply due_ordered with (held s).
  Qed.

  (** Whatever the network does, each message that is taken is its sender's next,
      and comes after all that it acknowledges. *)
  Theorem taken_ordered l : ordered (taken (run l)).
  Proof.
    unfold run; assert (G : forall s, ordered (taken s) -> ordered (taken (fold_left act l s))); [|apply G;
      constructor].
    induction l as [|e l IH]; intros s O; simpl; auto; apply IH; destruct e as [m|keeps]; simpl; auto.
    unfold receive; destruct (number m <=? _); auto; apply retry_ordered; auto.
  Qed.

  Lemma seen_cons m l x : seen (m :: l) x = (if sender m =? x then 1 else 0) + seen l x.
  Proof. unfold seen; simpl; destruct (sender m =? x); simpl; lia. Qed.
  Lemma seen_base l x : base x <= seen l x.
  Proof. unfold seen; lia. Qed.

  Lemma ordered_bounds l : ordered l -> forall m, In m l -> base (sender m) < number m <= seen l (sender m).
  Proof.
    induction 1 as [|m l O IH N A]; intros x []; rewrite seen_cons.
    - subst; rewrite Nat.eqb_refl; pose proof (seen_base l (sender x)); lia.
    - specialize (IH x H); destruct (sender m =? sender x); lia.
  Qed.
  Lemma ordered_has l : ordered l -> forall x k, base x < k <= seen l x ->
    exists m, In m l /\ sender m = x /\ number m = k.
  Proof.
    induction 1 as [|m l O IH N A]; intros x k L; [unfold seen in L; simpl in L; lia|]; rewrite seen_cons in L.
    destruct (Nat.eqb_spec (sender m) x) as [<-|Ne].
    - destruct (Nat.eq_dec k (number m)) as [->|Nk]; [exists m; simpl; auto|].
      destruct (IH (sender m) k) as [y [I H]]; [lia|]; exists y; simpl; auto.
    - destruct (IH x k) as [y [I H]]; [lia|]; exists y; simpl; auto.
  Qed.
  Lemma ordered_app l1 : forall l2, ordered (l1 ++ l2) -> ordered l2.
  Proof. induction l1; simpl; auto; intros l2 O; inversion O; auto. Qed.

  (** Every message is taken once: no two messages that were taken have the same sender and number. *)
  Theorem once l1 m l2 : ordered (l1 ++ m :: l2) -> forall m', In m' l2 -> sender m' = sender m ->
    number m' <> number m.
  Proof.
    intros O m' I E N; apply ordered_app in O; inversion O as [|? ? O' N' A]; subst.
    pose proof (ordered_bounds l2 O' m' I); rewrite E in *; lia.
  Qed.

  (** The messages of a sender are taken in the order of their numbers, without holes. *)
  Theorem no_holes l1 m l2 : ordered (l1 ++ m :: l2) -> forall k, base (sender m) < k < number m ->
    exists m', In m' l2 /\ sender m' = sender m /\ number m' = k.
  Proof. intros O k L; apply ordered_app in O; inversion O as [|? ? O' N A]; subst; apply ordered_has; auto; lia. Qed.

  (** A message is taken after what it acknowledges, but for what the welcome counts as seen. *)
  Theorem after_acknowledged l1 m l2 : ordered (l1 ++ m :: l2) -> forall x k, In (x, k) (acknowledges m) ->
    base x < k -> exists m', In m' l2 /\ sender m' = x /\ number m' = k.
  Proof. intros O x k I L; apply ordered_app in O; inversion O as [|? ? O' N A]; subst; apply ordered_has; auto;
    specialize (A x k I); lia. Qed.

  Lemma ordered_unique l : ordered l -> forall a b, In a l -> In b l -> sender a = sender b -> number a = number b ->
    a = b.
  Proof.
    intros O a b Ia Ib Es En; destruct (message_eq_dec a b) as [|N]; auto; exfalso.
    apply in_split in Ia; destruct Ia as [l1 [l2 ->]]; apply in_app_or in Ib; destruct Ib as [Ib|[Ib|Ib]];
      [|congruence|].
    - apply in_split in Ib; destruct Ib as [l3 [l4 ->]]; rewrite <- app_assoc in O; simpl in O.
      apply (once l3 b _ O a); auto; apply in_or_app; simpl; auto.
    - apply (once l1 a l2 O b); auto.
  Qed.
  Lemma ordered_not_again l1 m l2 : ordered (l1 ++ m :: l2) -> ~ In m l1.
  Proof.
    intros O I; apply in_split in I; destruct I as [l3 [l4 ->]]; rewrite <- app_assoc in O; simpl in O.
    apply (once l3 m _ O m); auto; apply in_or_app; simpl; auto.
  Qed.
  Lemma split_unique (m : message) l1 : forall l2 l3 l4, ~ In m l1 -> ~ In m l3 -> l1 ++ m :: l2 = l3 ++ m :: l4 ->
    l2 = l4.
  Proof.
    induction l1 as [|x l1 IH]; intros l2 [|y l3] l4 N1 N3 E; simpl in *; injection E; intros; subst; auto;
      try (exfalso; tauto).
    apply (IH l2 l3 l4); tauto.
  Qed.

  (** What is before what among the messages of a list: by number, by acknowledgement, and through a chain of these. *)
  Inductive precedes (l : list message) : message -> message -> Prop :=
  | precedes_own a b : In a l -> In b l -> sender a = sender b -> number a < number b -> precedes l a b
  | precedes_acked a b : In a l -> In b l -> In (sender a, number a) (acknowledges b) -> precedes l a b
  | precedes_trans a b c : precedes l a b -> precedes l b c -> precedes l a c.

  (** Causal order: of two messages that were taken, the one that is before the other, through whatever chain,
      was taken before it. *)
  Theorem causal_order l a b : ordered l -> precedes l a b -> exists l1 l2, l = l1 ++ b :: l2 /\ In a l2.
  Proof.
    intros O P; induction P as [a b Ia Ib E L|a b Ia Ib K|a b c P1 [l1 [l2 [E1 I1]]] P2 [l3 [l4 [E3 I3]]]].
    - destruct (in_split _ _ Ib) as [l1 [l2 El]]; exists l1, l2; split; auto.
      pose proof (ordered_bounds l O a Ia); rewrite El in O.
      destruct (no_holes l1 b l2 O (number a)) as [m [I [Es En]]]; [rewrite <- E; lia|].
      rewrite <- El in O; assert (m = a) as <-; auto; apply (ordered_unique l O); auto; [|congruence].
      rewrite El; apply in_or_app; simpl; auto.
    - destruct (in_split _ _ Ib) as [l1 [l2 El]]; exists l1, l2; split; auto.
      pose proof (ordered_bounds l O a Ia); rewrite El in O.
      destruct (after_acknowledged l1 b l2 O _ _ K) as [m [I [Es En]]]; [lia|].
      rewrite <- El in O; assert (m = a) as <-; auto; apply (ordered_unique l O); auto.
      rewrite El; apply in_or_app; simpl; auto.
    - exists l3, l4; split; auto; apply in_split in I3; destruct I3 as [x [y E]].
      assert (E2 : l = (l3 ++ c :: x) ++ b :: y) by (rewrite E3, E, <- app_assoc; auto).
      assert (l2 = y); [|subst l2; rewrite E; apply in_or_app; simpl; auto].
      apply (split_unique b l1 l2 (l3 ++ c :: x) y).
      + apply (ordered_not_again l1 b l2); now rewrite <- E1.
      + apply (ordered_not_again _ b y); now rewrite <- E2.
      + now rewrite <- E1, <- E2.
  Qed.

  (** ** What can be taken is *)

  Lemma retry_none f : forall s, length (held s) <= f -> forall x, In x (held (retry f s)) ->
    takes (taken (retry f s)) (held (retry f s)) x = false.
  Proof.
    induction f as [|f IH]; intros s L x; simpl; [destruct (held s); [intros []|simpl in L; lia]|].
    destruct (pick (taken s) (held s) (held s)) as [[y r]|] eqn:P; [|intros I; eapply pick_none; eauto].
    apply pick_takes in P; destruct P as [_ [_ [E _]]]; apply IH; simpl; lia.
  Qed.

  (** [causal-broadcast.held-retried] What is held is processed as soon as it becomes possible: nothing is ever held
      that could be taken, where losing what is held makes nothing count. *)
  Theorem held_retried l : (forall t h keeps x, withheld t (filter keeps h) x = false -> withheld t h x = false) ->
    forall x, In x (held (run l)) -> takes (taken (run l)) (held (run l)) x = false.
  Proof.
    intros Shown; induction l as [|e l IH] using rev_ind; intros x; [intros []|].
    unfold run; rewrite fold_left_app; simpl; fold (run l); destruct e as [m|keeps]; simpl.
    - unfold receive; destruct (number m <=? _); auto; apply retry_none; simpl; rewrite app_length; simpl; lia.
    - intros I; apply filter_In in I; destruct I as [I _]; specialize (IH x I); unfold takes in *.
      destruct (is_due _ x); simpl in *; auto; apply negb_false_iff in IH; apply negb_false_iff.
      destruct (withheld _ (filter keeps _) x) eqn:W; auto; apply Shown in W; congruence.
  Qed.

  (** ** The order in which messages come does not matter *)

  Section SameMessages.
    Hypothesis Nothing_withheld : forall l h m, withheld l h m = false.

    Definition needs (m : message) (x k : nat) : Prop := base x < k /\ ((x = sender m /\
      k < number m) \/ In (x, k) (acknowledges m)).
    (** What can be taken of the messages that have come: those of which all that they need can be taken. *)
    Inductive can (A : message -> Prop) : message -> Prop :=
    | can_take m : A m -> base (sender m) < number m -> (forall x k, needs m x k ->
      exists m', A m' /\ sender m' = x /\ number m' = k) ->
        (forall m', A m' -> needs m (sender m') (number m') -> can A m') -> can A m.

    Definition arrived (l : list event) (m : message) : Prop := In (Arrives m) l.

    (** Nothing comes from nowhere, and nothing is lost but by the limits. *)
    Record kept (A : message -> Prop) (s : state) : Prop := Kept {
      from_arrived : forall m, In m (taken s) \/ In m (held s) -> A m;
      none_lost : forall m, A m -> In m (held s) \/ number m <= seen (taken s) (sender m);
      none_due : forall m, In m (held s) -> number m <= seen (taken s) (sender m) \/
        takes (taken s) (held s) m = false }.

    Lemma retry_kept f : forall (A : message -> Prop) s, length (held s) <= f ->
      (forall m, In m (taken s) \/ In m (held s) -> A m) ->
      (forall m, A m -> In m (held s) \/ number m <= seen (taken s) (sender m)) -> kept A (retry f s).
    Proof.
      induction f as [|f IH]; intros A s L F N; simpl.
      { constructor; auto; intros m I; destruct (held s); [destruct I|simpl in L; lia]. }
      destruct (pick (taken s) (held s) (held s)) as [[m r]|] eqn:P.
      - apply pick_takes in P; destruct P as [T [I [E H]]]; apply IH; simpl; [lia| |].
        + intros x [[<-|J]|J]; apply F; auto; right; apply H; auto.
        + intros x Ax; rewrite seen_cons; destruct (N x Ax) as [J|J]; [|right; lia].
          apply H in J; destruct J as [->|J]; auto; right; rewrite Nat.eqb_refl.
          unfold takes, is_due in T; apply andb_true_iff in T; destruct T as [T _]; apply andb_true_iff in T;
            destruct T as [T _]; apply Nat.eqb_eq in T; lia.
      - constructor; auto; intros m I; right; eapply pick_none; eauto.
    Qed.

    Lemma run_kept l : (forall e, In e l -> exists m, e = Arrives m) -> kept (arrived l) (run l).
    Proof.
      induction l as [|e l IH] using rev_ind; intros H.
      - constructor; unfold arrived; simpl; intros; tauto.
      - assert (K : kept (arrived l) (run l)) by (apply IH; intros x I; apply H, in_or_app; auto);
        destruct K as [F N D].
        destruct (H e) as [m ->]; [apply in_or_app; simpl; auto|].
        assert (R : run (l ++ [Arrives m]) = receive (run l) m) by (unfold run; now rewrite fold_left_app).
        assert (M : forall x, arrived (l ++ [Arrives m]) x <-> arrived l x \/ x = m).
        { intros x; unfold arrived; rewrite in_app_iff; simpl; split; [intros [I|[I|[]]]; auto; right;
          congruence|intros [I| ->]; auto]. }
        rewrite R; unfold receive; destruct (number m <=? seen (taken (run l)) (sender m)) eqn:L.
        + apply Nat.leb_le in L; constructor; auto.
          * intros x I; apply M; left; auto.
          * intros x Ax; apply M in Ax; destruct Ax as [Ax| ->]; auto.
        + apply retry_kept; simpl.
          * rewrite app_length; simpl; lia.
          * intros x I; apply M; rewrite in_app_iff in I; simpl in I; destruct I as [I|[I|[I|[]]]]; auto.
          * intros x Ax; apply M in Ax; rewrite in_app_iff; simpl; destruct Ax as [Ax| ->]; auto; destruct (N x Ax);
            auto.
    Qed.

    Variable l : list event.
    Hypothesis Only_arrivals : forall e, In e l -> exists m, e = Arrives m.
    (** Nobody equivocates: two messages with one sender and one number are the same. *)
    Hypothesis Unequivocal : forall m m', arrived l m -> arrived l m' -> sender m = sender m' ->
      number m = number m' -> m = m'.

    (** [causal-broadcast.held-retried] Exactly that is taken of which everything needed has come,
        where nobody equivocates and nothing is withheld or lost. *)
    Theorem taken_is_what_can : forall m, In m (taken (run l)) <-> can (arrived l) m.
    Proof.
      pose proof (run_kept l Only_arrivals) as [F N D]; pose proof (taken_ordered l) as O; set (s := run l) in *;
        intros m; split.
      - assert (G : forall q, ordered q -> (forall x, In x q -> arrived l x) -> forall x, In x q -> can (arrived l) x).
        { clear m D N; induction q as [|y q IH]; intros Oq Aq x []; [subst y|apply IH; auto;
          [now inversion Oq|intros z Iz; apply Aq; now right]].
          pose proof (ordered_bounds _ Oq x (or_introl eq_refl)) as Bx.
          assert (Ne : forall u k, needs x u k -> exists m', In m' q /\ sender m' = u /\ number m' = k).
          { intros u k [L [[-> L']|K]]; [apply (no_holes [] x q Oq); lia|eapply (after_acknowledged [] x q); eauto]. }
          constructor; [apply Aq; now left|lia| |].
          - intros u k H; destruct (Ne u k H) as [m' [I E]]; exists m'; split; auto; apply Aq; now right.
          - intros m' A' H; destruct (Ne _ _ H) as [z [I [E1 E2]]].
            assert (z = m') as <-; [apply Unequivocal; auto; apply Aq; now right|].
            apply IH; auto; [now inversion Oq|intros w Iw; apply Aq; now right]. }
        intros I; apply (G (taken s)); auto.
      - intros C; induction C as [m A B Pr Ca IH].
        assert (Have : forall x k, needs m x k -> k <= seen (taken s) x).
        { intros x k H; destruct (Pr x k H) as [m' [A' [<- <-]]]; specialize (IH m' A' H).
          now apply (ordered_bounds (taken s) O m'). }
        assert (Done : number m <= seen (taken s) (sender m) -> In m (taken s)).
        { intros L; destruct (ordered_has (taken s) O (sender m) (number m)) as [z [I [E1 E2]]]; [lia|].
          assert (z = m) as <-; auto; apply Unequivocal; auto. }
        destruct (N m A) as [I|L]; auto; destruct (D m I) as [L|T]; auto.
        destruct (Nat.le_gt_cases (number m) (seen (taken s) (sender m))) as [L|L]; auto; exfalso.
        assert (E : number m = S (seen (taken s) (sender m))).
        { pose proof (seen_base (taken s) (sender m)); destruct (Nat.eq_dec (number m) (S (base (sender m)))); [lia|].
          assert (pred (number m) <= seen (taken s) (sender m)) by (apply Have; split; [lia|left; split; auto; lia]);
            lia. }
        assert (X : takes (taken s) (held s) m = true); [|congruence].
        unfold takes, is_due; rewrite Nothing_withheld, E, Nat.eqb_refl; simpl; rewrite andb_true_r;
          apply forallb_forall; intros [x k] K; simpl.
        apply Nat.leb_le; destruct (Nat.le_gt_cases k (base x)); [pose proof (seen_base (taken s) x); lia|apply Have;
          split; auto].
    Qed.
  End SameMessages.

  (** [causal-broadcast.held-retried] Two who have been sent the same messages, in whatever order and however often,
      have taken the same, where nobody equivocates and nothing is withheld or lost. *)
  Theorem same_taken l1 l2 : (forall l h m, withheld l h m = false) ->
    (forall e, In e l1 -> exists m, e = Arrives m) -> (forall e, In e l2 -> exists m, e = Arrives m) ->
      (forall m, arrived l1 m <-> arrived l2 m) ->
    (forall m m', arrived l1 m -> arrived l1 m' -> sender m = sender m' -> number m = number m' -> m = m') ->
    forall m, In m (taken (run l1)) <-> In m (taken (run l2)).
  Proof.
    intros W A1 A2 S U m; rewrite (taken_is_what_can W l1 A1 U), (taken_is_what_can W l2 A2); [|intros x y Hx Hy;
      apply U; now apply S].
    assert (G : forall P Q : message -> Prop, (forall x, P x <-> Q x) -> can P m -> can Q m); [|split; apply G; auto;
      intros x; now rewrite S].
    intros P Q E C; induction C as [x Px B Pr Ca IH]; constructor; auto; [now apply E| |].
    - intros u k H; destruct (Pr u k H) as [y [Py H']]; exists y; split; auto; now apply E.
    - intros y Qy H; apply IH; auto; now apply E.
  Qed.
End Receiver.

(** What a new member takes goes on from what its adder had taken with the add: together they are in order,
    as they are for one who was there from the create on. *)
Theorem goes_on base own adder : (forall x, base x = seen (fun _ => 0) adder x) -> ordered (fun _ => 0) adder ->
  ordered base own -> ordered (fun _ => 0) (own ++ adder).
Proof.
  intros B A O; induction O as [|m l O IH N K]; auto; simpl.
  assert (E : forall x, seen base l x = seen (fun _ => 0) (l ++ adder) x).
  { intros x; unfold seen at 1; rewrite B; unfold seen; rewrite filter_app, app_length; simpl; lia. }
  constructor; auto; [now rewrite <- E|]; intros x k I; rewrite <- E; now apply K.
Qed.
