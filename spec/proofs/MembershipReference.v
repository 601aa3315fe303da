(** The way in which the reference computes members, from what is kept and in one pass, is right. *)
From Coq Require Import List NArith Arith Bool Lia Sorted.
From Conclave Require Import GroupMembership MembershipOrder MembershipMembers MembershipKept.
Import ListNotations.

Record placed := Placed { at_ : nat; pop : op; punk : list nat }.
Record standing := Standing { s_at : nat; removed_at : option nat; besides : list nat }.

Definition at_before (i : nat) (p : placed) : bool := Nat.ltb i (at_ p) && negb (nat_mem i (punk p)).

Definition after (l : list placed) (u : user) (i : nat) : list placed := filter (at_before i) (filter (fun r =>
  removes (pop r) u) l).
Definition stand (l : list placed) (u : user) (i : nat) : standing :=
  Standing i (match after l u i with [] => None | r :: _ => Some (at_ r) end) (flat_map punk (after l u i)).
Definition carries (from : standing) (to : placed) : bool :=
  at_before (s_at from) to
  && match removed_at from with None => true | Some r => Nat.ltb (at_ to) r end
  && negb (nat_mem (at_ to) (besides from)).

Definition one (l : list placed) (acc : list (user * standing)) (p : placed) : list (user * standing) :=
  match what (pop p) with
  | Create ms => acc ++ map (fun m => (m, stand l m (at_ p))) ms
  | Add m => if existsb (fun us => N.eqb (fst us) (sender (pop p)) && carries (snd us) p) acc then acc ++ [(m,
    stand l m (at_ p))] else acc
  | _ => acc
  end.

Fixpoint place (k : nat -> bool) (i : nat) (es : list (op * list nat)) : list placed :=
  match es with
  | [] => []
  | (o, u) :: r => if k i then Placed i o u :: place k (S i) r else place k (S i) r
  end.

Definition fast_members (es : list (op * list nat)) (k : knowledge) : list user :=
  let l := place (knows k) 0 es in
  ascending (map fst (filter (fun us => match removed_at (snd us) with None => true | Some _ => false end) (fold_left
    (one l) l []))).

Section Right.
  Variable l : list placed.
  Variable bef : op -> op -> bool.
  Let ops := map pop l.
  Hypothesis Sorted : StronglySorted (fun p q => at_ p < at_ q) l.
  Hypothesis Order : forall p q, In p l -> In q l -> bef (pop p) (pop q) = at_before (at_ p) q.
  Hypothesis Creator : forall p ms, In p l -> what (pop p) = Create ms -> In (sender (pop p)) ms.

  Lemma after_In u i r : In r (after l u i) <-> In r l /\ removes (pop r) u = true /\ at_before i r = true.
  Proof. unfold after; rewrite !filter_In; tauto. Qed.
  Lemma after_first u i : match after l u i with [] => True | r :: rest => forall q, In q rest -> at_ r < at_ q end.
  Proof.
    unfold after.
    assert (S : forall f m, StronglySorted (fun p q => at_ p < at_ q) m ->
      StronglySorted (fun p q => at_ p < at_ q) (filter f m)).
    { intros f m; induction 1 as [|p m S IH F]; simpl; [constructor|]; destruct (f p); auto; constructor; auto.
      rewrite Forall_forall in *; intros q I; apply filter_In in I; apply F; tauto. }
    assert (S2 := S (at_before i) _ (S (fun r => removes (pop r) u) _ Sorted)); destruct (filter _ (filter _ l)); auto.
    inversion S2 as [|? ? _ F]; rewrite Forall_forall in F; auto.
  Qed.

  Lemma carries_is a p q : In p l -> In q l -> by_op a = pop p ->
    (carries (stand l (added a) (at_ p)) q = true <-> forall b, by_op b = pop q ->
      bef (by_op a) (by_op b) && negb (cancelled ops bef a b) = true).
  Proof.
    intros Ip Iq E.
    assert (Canc : forall b, by_op b = pop q ->
      (cancelled ops bef a b = true <-> exists r, In r (after l (added a) (at_ p)) /\ at_before (at_ q) r = false)).
    { intros b Eb; unfold cancelled, ops; rewrite existsb_exists; split.
      - intros [o [I H]]; apply in_map_iff in I; destruct I as [r [<- Ir]]; exists r.
        apply andb_true_iff in H; destruct H as [H H3]; apply andb_true_iff in H; destruct H as [H1 H2].
        rewrite E, Order in H2; auto; rewrite Eb, Order in H3; auto; rewrite after_In; split;
          [auto|now apply negb_true_iff].
      - intros [r [I F]]; apply after_In in I; destruct I as [Ir [H1 H2]]; exists (pop r); split; [now apply in_map|].
        rewrite E, Eb, !Order, H1, H2, F; auto. }
    assert (Rest : (exists r, In r (after l (added a) (at_ p)) /\ at_before (at_ q) r = false) <->
                   match removed_at (stand l (added a) (at_ p)) with None => true | Some r => Nat.ltb (at_ q) r end
                   && negb (nat_mem (at_ q) (besides (stand l (added a) (at_ p)))) = false).
    { unfold stand; simpl; pose proof (after_first (added a) (at_ p)) as First.
      assert (Mem : forall r, In r (after l (added a) (at_ p)) -> In r l) by (intros r I; apply after_In in I; tauto).
      destruct (after l (added a) (at_ p)) as [|r0 rest] eqn:A.
      - simpl; split; [intros [r [[] _]]|discriminate].
      - rewrite andb_false_iff, Nat.ltb_ge, negb_false_iff, nat_mem_In, in_flat_map; split.
        + intros [r [I F]]; unfold at_before in F; apply andb_false_iff in F; destruct F as [F|F].
          * apply Nat.ltb_ge in F; left; destruct I as [<-|I]; auto; specialize (First r I); lia.
          * apply negb_false_iff, nat_mem_In in F; right; exists r; auto.
        + intros [F|[r [I F]]].
          * exists r0; split; [now left|]; unfold at_before; apply andb_false_iff; left; now apply Nat.ltb_ge.
          * exists r; split; auto; unfold at_before; apply andb_false_iff; right; apply negb_false_iff;
            now apply nat_mem_In. }
    unfold carries; rewrite <- andb_assoc; cbn [s_at stand]; split.
    - intros H b Eb; apply andb_true_iff in H; destruct H as [H1 H2].
      rewrite E, Eb, Order, H1; auto; simpl; apply negb_true_iff.
      destruct (cancelled ops bef a b) eqn:C; auto; apply (Canc b Eb), Rest in C; congruence.
    - intros H; specialize (H (Addition 0%N 0%N (pop q)) eq_refl); apply andb_true_iff in H; destruct H as [H1 H2].
      simpl in H1; rewrite E, Order in H1; auto; rewrite H1; simpl.
      apply negb_true_iff in H2; apply not_false_is_true; intros X; apply Rest in X.
      apply (Canc (Addition 0%N 0%N (pop q)) eq_refl) in X; congruence.
  Qed.

  Lemma create_reached p a : In p l -> is_create (pop p) = true -> by_op a = pop p -> In a (additions_of (pop p)) ->
    Reach ops bef a.
  Proof.
    intros Ip C E I; unfold is_create in C; destruct (what (pop p)) as [ms| | |] eqn:W; try discriminate.
    assert (A : forall m, In m ms -> In (Addition (sender (pop p)) m (pop p)) (additions ops)).
    { intros m J; apply additions_change; simpl; split; [now apply in_map|]; unfold additions_of; rewrite W;
      apply in_map_iff; eauto. }
    unfold additions_of in I; rewrite W in I; apply in_map_iff in I; destruct I as [m [<- J]].
    apply Reach_edge with (Addition (sender (pop p)) (sender (pop p)) (pop p)).
    - apply Reach_root; [apply A, (Creator p ms Ip W)|]; unfold is_root, is_create; simpl; rewrite W; simpl;
      apply N.eqb_refl.
    - now apply A.
    - unfold edge, is_root, is_create; simpl; rewrite W, N.eqb_refl, eqb_refl; auto.
  Qed.

  Definition right (done : list placed) (acc : list (user * standing)) : Prop :=
    forall u s, In (u, s) acc <-> exists p a, In p done /\ Reach ops bef a /\ by_op a = pop p /\ added a = u /\
      s = stand l u (at_ p).

  Lemma one_right done p rest acc : l = done ++ p :: rest -> right done acc -> right (done ++ [p]) (one l acc p).
  Proof.
    intros L R u s.
    assert (Ip : In p l) by (rewrite L; apply in_or_app; right; now left).
    assert (Split : (exists q a, In q (done ++ [p]) /\ Reach ops bef a /\ by_op a = pop q /\ added a = u /\
      s = stand l u (at_ q)) <->
                    In (u, s) acc \/ exists a, Reach ops bef a /\ by_op a = pop p /\ added a = u /\
                      s = stand l u (at_ p)).
    { rewrite (R u s); split.
      - intros [q [a [I H]]]; apply in_app_or in I; destruct I as [I|[<-|[]]]; [left; exists q, a|right; exists a];
        auto.
      - intros [[q [a [I H]]]|[a H]]; [exists q, a|exists p, a]; split; auto; apply in_or_app; simpl; auto. }
    rewrite Split; clear Split; unfold one.
    assert (Of : forall a, Reach ops bef a -> by_op a = pop p -> In a (additions_of (pop p))).
    { intros a Ra E; apply Reach_In, additions_change in Ra; rewrite E in Ra; tauto. }
    destruct (what (pop p)) as [ms|m|m|x y] eqn:W.
    - rewrite in_app_iff, in_map_iff; split; (intros [H|H]; [now left|right]).
      + destruct H as [m [E I]]; injection E as <- <-; exists (Addition (sender (pop p)) m (pop p)); repeat split; auto.
        apply create_reached with p; auto; [unfold is_create; now rewrite W|]; unfold additions_of; rewrite W;
          apply in_map_iff; eauto.
      + destruct H as [a [Ra [E [Ea ->]]]]; specialize (Of a Ra E); unfold additions_of in Of; rewrite W in Of.
        apply in_map_iff in Of; destruct Of as [m [<- I]]; simpl in Ea; subst m; exists u; auto.
    - set (new := Addition (sender (pop p)) m (pop p)).
      assert (New : In new (additions ops)).
      { apply additions_change; simpl; split; [now apply in_map|]; unfold additions_of; rewrite W; now left. }
      assert (Nc : is_create (pop p) = false) by (unfold is_create; now rewrite W).
      assert (X : existsb (fun us => N.eqb (fst us) (sender (pop p)) && carries (snd us) p) acc = true <-> Reach ops
        bef new).
      { rewrite existsb_exists; split.
        - intros [[v s'] [I H]]; simpl in H; apply andb_true_iff in H; destruct H as [H1 H2]; apply N.eqb_eq in H1.
          apply R in I; destruct I as [q [a [Iq [Ra [E [Ea ->]]]]]].
          assert (Iq' : In q l) by (rewrite L; apply in_or_app; auto).
          rewrite <- Ea in H2; pose proof (proj1 (carries_is a q p Iq' Ip E) H2) as H3.
          apply Reach_edge with a; auto; unfold edge; apply orb_true_iff; right; simpl; rewrite Ea, H1, N.eqb_refl;
            simpl.
          now apply (H3 new).
        - intros Rn; inversion Rn as [? _ Rt|a ? Ra _ E]; subst.
          + unfold is_root in Rt; simpl in Rt; rewrite Nc in Rt; discriminate.
          + unfold edge in E; apply orb_true_iff in E; destruct E as [E|E].
            * apply andb_true_iff in E; destruct E as [E1 E2]; apply eqb_eq in E2; simpl in E2.
              unfold is_root in E1; rewrite <- E2, Nc in E1; discriminate.
            * rewrite <- andb_assoc in E; apply andb_true_iff in E; destruct E as [E1 E2]; apply N.eqb_eq in E1;
              simpl in E1.
              pose proof Ra as Ia; apply Reach_In, additions_change in Ia; destruct Ia as [Ia _]; unfold ops in Ia;
                apply in_map_iff in Ia.
              destruct Ia as [q [Eq Iq]]; symmetry in Eq.
              assert (Bq : at_before (at_ q) p = true).
              { apply andb_true_iff in E2; destruct E2 as [E2 _]; rewrite Eq in E2; simpl in E2; rewrite Order in E2;
                auto. }
              assert (Dq : In q done).
              { rewrite L in Iq; apply in_app_or in Iq; destruct Iq as [Iq|Iq]; auto; exfalso.
                unfold at_before in Bq; apply andb_true_iff in Bq; destruct Bq as [Bq _]; apply Nat.ltb_lt in Bq.
                assert (S2 : StronglySorted (fun p q => at_ p < at_ q) (p :: rest)).
                { rewrite L in Sorted; clear - Sorted; induction done; simpl in *; auto; inversion Sorted; auto. }
                destruct Iq as [->|Iq]; [lia|]; inversion S2 as [|? ? _ F]; rewrite Forall_forall in F;
                  specialize (F q Iq); lia. }
              exists (added a, stand l (added a) (at_ q)); split; [apply R; exists q, a; auto|]; simpl.
              rewrite E1, N.eqb_refl; simpl; rewrite <- E1; apply (proj2 (carries_is a q p Iq Ip Eq)).
              intros b Eb.
              assert (Bc : cancelled ops bef a b = cancelled ops bef a new) by (unfold cancelled; simpl;
                now rewrite Eb).
              rewrite Bc, Eb; exact E2. }
      destruct (existsb (fun us => N.eqb (fst us) (sender (pop p)) && carries (snd us) p) acc) eqn:Y.
      + rewrite in_app_iff; split; (intros [H|H]; [now left|right]).
        * destruct H as [H|[]]; injection H as <- <-; exists new; repeat split; auto; now apply X.
        * destruct H as [a [Ra [E [Ea ->]]]]; specialize (Of a Ra E); unfold additions_of in Of; rewrite W in Of.
          destruct Of as [<-|[]]; simpl in Ea; subst; now left.
      + split; [now left|]; intros [H|[a [Ra [E [Ea _]]]]]; auto; exfalso.
        specialize (Of a Ra E); unfold additions_of in Of; rewrite W in Of; destruct Of as [<-|[]].
        apply X in Ra; discriminate.
    - split; [now left|]; intros [H|[a [Ra [E _]]]]; auto; specialize (Of a Ra E); unfold additions_of in Of;
      rewrite W in Of; destruct Of.
    - split; [now left|]; intros [H|[a [Ra [E _]]]]; auto; specialize (Of a Ra E); unfold additions_of in Of;
      rewrite W in Of; destruct Of.
  Qed.

  Lemma fold_right_ rest : forall done acc, l = done ++ rest -> right done acc -> right l (fold_left (one l) rest acc).
  Proof.
    induction rest as [|p rest IH]; intros done acc L R; simpl.
    - rewrite app_nil_r in L; now rewrite L at 1.
    - apply IH with (done ++ [p]); [now rewrite <- app_assoc|]; now apply one_right with rest.
  Qed.

  (** [membership.members] One pass over the changes in their order gives the members of definition 6. *)
  Theorem fast_is_members :
    ascending (map fst (filter (fun us => match removed_at (snd us) with None => true | Some _ => false end)
      (fold_left (one l) l []))) = members ops bef.
  Proof.
    assert (R : right l (fold_left (one l) l [])).
    { apply fold_right_ with []; auto; intros u s; split; [intros []|intros [p [a [[] _]]]]. }
    apply asc_ext; try apply ascending_asc.
    intros u; rewrite ascending_In, in_map_iff, members_In; unfold Member.
    assert (Out : forall p v, removed_at (stand l v (at_ p)) = None <-> forall r, In r l ->
      removes (pop r) v = true -> at_before (at_ p) r = false).
    { intros p v; unfold stand; simpl; destruct (after l v (at_ p)) as [|r0 rest] eqn:A.
      - split; auto; intros _ r I H; destruct (at_before (at_ p) r) eqn:B; auto; exfalso.
        assert (J : In r (after l v (at_ p))) by (apply after_In; auto); rewrite A in J; destruct J.
      - split; [discriminate|]; intros H; exfalso.
        assert (J : In r0 (after l v (at_ p))) by (rewrite A; now left); apply after_In in J;
          destruct J as [J1 [J2 J3]].
        rewrite H in J3; auto; discriminate. }
    split.
    - intros [[v s] [E I]]; simpl in E; subst v; apply filter_In in I; destruct I as [I H]; simpl in H.
      apply R in I; destruct I as [p [a [Ip [Ra [E [Ea ->]]]]]]; exists a; repeat split; auto.
      destruct (removed_at (stand l u (at_ p))) eqn:N; [discriminate|].
      intros r Ir Hr; unfold ops in Ir; apply in_map_iff in Ir; destruct Ir as [q [<- Iq]].
      rewrite E, Order; auto; now apply (proj1 (Out p u)).
    - intros [a [Ra [Ea H]]].
      pose proof Ra as Ia; apply Reach_In, additions_change in Ia; destruct Ia as [Ia _]; unfold ops in Ia;
        apply in_map_iff in Ia.
      destruct Ia as [p [Ep Ip]]; symmetry in Ep.
      exists (u, stand l u (at_ p)); split; auto; apply filter_In; split; [apply R; exists p, a; auto|].
      assert (N : removed_at (stand l u (at_ p)) = None).
      { apply Out; intros r Ir Hr; rewrite <- Order, <- Ep; auto; apply H; auto; now apply in_map. }
      simpl; simpl in N; now rewrite N.
  Qed.
End Right.

Lemma place_In k es p : forall s, In p (place k s es) <-> exists i, nth_error es i = Some (pop p, punk p) /\
  at_ p = s + i /\ k (s + i) = true.
Proof.
  induction es as [|[o u] es IH]; intros s; simpl.
  - split; [intros []|intros [[|?] [? _]]; discriminate].
  - transitivity ((p = Placed s o u /\ k s = true) \/ In p (place k (S s) es)).
    + destruct (k s); simpl; intuition congruence.
    + rewrite IH; split.
      * intros [[-> H]|[i [E [A H]]]]; [exists 0; rewrite Nat.add_0_r; auto|exists (S i); rewrite Nat.add_succ_r; auto].
      * intros [[|i] [E [A H]]]; simpl in E.
        -- rewrite Nat.add_0_r in *; injection E as -> ->; left; split; auto; destruct p; simpl in *; now subst.
        -- rewrite Nat.add_succ_r in *; right; exists i; auto.
Qed.
Lemma place_sorted k es : forall s, StronglySorted (fun p q => at_ p < at_ q) (place k s es).
Proof.
  induction es as [|[o u] es IH]; intros s; simpl; [constructor|].
  destruct (k s); auto; constructor; auto; apply Forall_forall; intros p I; apply place_In in I;
    destruct I as [i [_ [A _]]]; simpl; lia.
Qed.
Lemma place_ops k es : forall s, map pop (place k s es) = select k s (map fst es).
Proof. induction es as [|[o u] es IH]; intros s; simpl; auto; destruct (k s); simpl; now rewrite IH. Qed.

Lemma creator_among h : valid h -> forall c ms, In c h -> what c = Create ms -> In (sender c) ms.
Proof.
  induction 1; intros c ms' I W.
  - destruct I.
  - destruct I as [<-|[]]; congruence.
  - destruct I as [<-|I]; eauto; unfold is_create in H1; rewrite W in H1; discriminate.
Qed.

(** [membership.members] The reference's algorithm gives the members by any knowledge whatever. *)
Theorem reference_members h k : valid h -> fast_members (entries (keep h)) k = compact_view (keep h) k.
Proof.
  intros V; destruct (rules_sound h V) as [SE _]; unfold fast_members, compact_view.
  rewrite <- (place_ops (knows k) (entries (keep h)) 0).
  assert (Nth : forall p, In p (place (knows k) 0 (entries (keep h))) ->
    nth_error (changes h) (at_ p) = Some (pop p) /\ punk p = unknown_to h (at_ p)).
  { intros p I; apply place_In in I; destruct I as [i [E [-> _]]]; simpl; rewrite SE, kept_nth in E.
    destruct (nth_error (changes h) i) eqn:X; simpl in E; [injection E as -> <-; auto|discriminate]. }
  apply fast_is_members.
  - apply place_sorted.
  - intros p q Ip Iq; apply Nth in Ip, Iq; destruct Ip as [Ep Up], Iq as [Eq Uq].
    rewrite compact_order; auto; try (eapply nth_error_In; eauto; fail).
    assert (E : before h (pop p) (pop q) = before_at h (at_ p) (at_ q)) by (unfold before_at; now rewrite Ep, Eq).
    rewrite E; unfold at_before; rewrite Uq; apply bool_ext; rewrite andb_true_iff, negb_true_iff, Nat.ltb_lt; split.
    + intros B; split; [now apply before_at_lt with h|]; destruct (nat_mem _ _) eqn:M; auto.
      apply nat_mem_In, filter_In in M; rewrite B in M; destruct M; discriminate.
    + intros [L N]; destruct (before_at h (at_ p) (at_ q)) eqn:B; auto; rewrite <- N; apply nat_mem_In, filter_In;
      split; [apply in_seq; lia|now rewrite B].
  - intros p ms Ip W; apply Nth in Ip; destruct Ip as [Ep _]; apply (creator_among h V); auto;
    now apply nth_changes_In in Ep.
Qed.

(** [membership.members] The reference's algorithm gives the members of the whole history. *)
Corollary reference_all h : valid h -> fast_members (entries (keep h)) (Knowledge (length (changes h)) []) = members
  h (before h).
Proof.
  intros V; rewrite reference_members; auto; apply compact_view_is; auto; intros c C; split.
  - intros I; assert (exists i, nth_error (changes h) i = Some c) as [i E] by (apply In_nth_error, changes_In; auto).
    exists i; split; auto; unfold knows; simpl; rewrite andb_true_r; apply Nat.ltb_lt, nth_error_Some; congruence.
  - intros [i [E _]]; now apply nth_changes_In in E.
Qed.
