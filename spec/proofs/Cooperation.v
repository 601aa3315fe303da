(** The chapter "cooperation": why prediction holds, and why a unique certificate decides. *)
From Coq Require Import List Arith Bool Lia.
Import ListNotations.

(** ** The thresholds of n voters of whom t are faulty, with the sensitivity k *)

Definition is_electorate (n t k : nat) : bool := (3 * t + k <=? n) && (1 <=? k).
Definition usual_faults (n : nat) : nat := (n - 1) / 3.
Definition witness_size (t k : nat) : nat := 2 * t + k.
Definition ready_size (n t : nat) : nat := n - t.
Definition gate_size (n t : nat) : nat := (n + t) / 2 + 1.

(** ** What two sets of voters have in common *)

Definition both (x y : list nat) := filter (fun v => if in_dec Nat.eq_dec v y then true else false) x.

(** Two sets of members have at least so many in common. *)
Lemma in_common u x y : NoDup x -> NoDup y -> incl x u -> incl y u ->
  length x + length y <= length u + length (both x y).
Proof.
  intros Dx Dy Ix Iy.
  set (only := filter (fun v => if in_dec Nat.eq_dec v y then false else true) x).
  assert (E : length x = length (both x y) + length only).
  { unfold both, only; clear; induction x as [|v x IH]; simpl; auto; destruct (in_dec Nat.eq_dec v y); simpl; lia. }
  assert (L : length (only ++ y) <= length u).
  { apply NoDup_incl_length.
    - assert (Do : NoDup only) by now apply NoDup_filter.
      assert (Disj : forall v, In v only -> ~ In v y).
      { intros v I; apply filter_In in I; destruct I as [_ I]; now destruct (in_dec Nat.eq_dec v y). }
      clear - Do Dy Disj; induction only as [|v o IH]; simpl; auto.
      inversion Do; subst; constructor; [|apply IH; auto; intros w W; apply Disj; now right].
      intros I; apply in_app_or in I; destruct I as [I|I]; auto; apply (Disj v); auto; now left.
    - intros v I; apply in_app_or in I; destruct I as [I|I]; auto; apply Ix; now apply filter_In in I. }
  rewrite app_length in L; lia.
Qed.

Lemma filter_split (f : nat -> bool) l : length l = length (filter f l) + length (filter (fun v => negb (f v)) l).
Proof. induction l as [|v l IH]; simpl; auto; destruct (f v); simpl; lia. Qed.
Lemma filter_least (f g : nat -> bool) l : (forall v, In v l -> f v = true -> g v = true) ->
  length (filter f l) <= length (filter g l).
Proof.
  induction l as [|v l IH]; intros H; simpl; auto.
  assert (length (filter f l) <= length (filter g l)) by (apply IH; intros; apply H; simpl; auto).
  destruct (f v) eqn:F; [rewrite (H v (or_introl eq_refl) F); simpl; lia|destruct (g v); simpl; lia].
Qed.

Inductive statement := Witness (ref : nat) | Ready (ref : nat).
Definition statement_eq_dec : forall x y : statement, {x = y} + {x <> y}.
Proof. repeat decide equality. Defined.
Definition witnesses (m : nat) (chain : list statement) : bool := if in_dec statement_eq_dec (Witness m) chain then
  true else false.

Section Instance.
  Variables (voters : list nat) (t k : nat) (faulty : nat -> bool).
  (** All that a correct voter signs in the whole run, in order: it has one chain. *)
  Variable chain : nat -> list statement.

  Hypothesis Few : forall l, NoDup l -> incl l voters -> length (filter faulty l) <= t.
  (** A correct voter witnesses nothing after its first READY. *)
  Hypothesis Silent : forall v l1 r l2 m, faulty v = false -> chain v = l1 ++ Ready r :: l2 -> ~ In (Witness m) l2.

  (** What is held of READY(m): chains of distinct voters, each cut at that statement.
      A faulty voter's may be anything. *)
  Definition holds (m : nat) (s : list nat) (cut : nat -> list statement) : Prop :=
    NoDup s /\ incl s voters /\ forall v, In v s -> faulty v = false -> exists rest, chain v = cut v ++ Ready m :: rest.

  (** [m'] has been witnessed by a witness quorum: what a correct voter sees before it is ready for it.
      Faulty voters may claim to have. *)
  Definition witness_quorum (m' : nat) : Prop :=
    exists w, NoDup w /\ incl w voters /\ witness_size t k <= length w /\ forall v, In v w -> faulty v = false ->
      In (Witness m') (chain v).

  Definition seen_in (m' : nat) (s : list nat) (cut : nat ->
    list statement) : nat := length (filter (fun v => witnesses m' (cut v)) s).

  (** [cooperation.candidates] Who holds n - t chains that are ready for one value sees k witnesses in them of every
      value with a witness quorum. *)
  Theorem prediction m s cut m' : holds m s cut -> ready_size (length voters) t <= length s -> witness_quorum m' ->
    k <= seen_in m' s cut.
  Proof.
    unfold ready_size, witness_quorum, witness_size; intros [Ds [Is Hs]] Ls [w [Dw [Iw [Lw Hw]]]].
    set (wc := filter (fun v => negb (faulty v)) w).
    assert (Lc : t + k <= length wc).
    { pose proof (filter_split faulty w); pose proof (Few w Dw Iw); unfold wc; lia. }
    assert (Dc : NoDup wc) by now apply NoDup_filter.
    assert (Ic : incl wc voters) by (intros v I; apply Iw; now apply filter_In in I).
    pose proof (in_common voters s wc Ds Dc Is Ic) as C.
    transitivity (length (both s wc)); [lia|]; unfold both, seen_in; apply filter_least.
    intros v I J; destruct (in_dec Nat.eq_dec v wc) as [Iv|]; [|discriminate].
    apply filter_In in Iv; destruct Iv as [Iv Cv]; apply negb_true_iff in Cv.
    destruct (Hs v I Cv) as [rest E]; specialize (Hw v Iv Cv); rewrite E in Hw.
    unfold witnesses; destruct (in_dec statement_eq_dec (Witness m') (cut v)) as [|N]; auto; exfalso.
    apply in_app_or in Hw; destruct Hw as [Hw|[Hw|Hw]]; [contradiction|discriminate|].
    now apply (Silent v (cut v) m rest m' Cv E).
  Qed.

  Hypothesis Enough : is_electorate (length voters) t k = true.
  (** A correct voter is ready for a value only when it has the witness quorum. *)
  Hypothesis Careful : forall v m, In v voters -> faulty v = false -> In (Ready m) (chain v) -> witness_quorum m.

  Lemma some_correct s : NoDup s -> incl s voters -> ready_size (length voters) t <= length s ->
    exists v, In v s /\ faulty v = false.
  Proof.
    unfold ready_size; intros D I L; pose proof (filter_split faulty s) as E; pose proof (Few s D I).
    unfold is_electorate in Enough; apply andb_true_iff in Enough; destruct Enough as [En Po];
      apply Nat.leb_le in En, Po.
    destruct (filter (fun v => negb (faulty v)) s) as [|v r] eqn:F; simpl in E; [lia|].
    assert (J : In v (filter (fun v => negb (faulty v)) s)) by (rewrite F; now left).
    apply filter_In in J; destruct J as [J C]; exists v; split; auto; now apply negb_true_iff.
  Qed.

  Definition certificate (m : nat) (s : list nat) (cut : nat ->
    list statement) : Prop := holds m s cut /\ ready_size (length voters) t <= length s.
  Definition unique (m : nat) (s : list nat) (cut : nat -> list statement) : Prop := forall m', m' <> m ->
    seen_in m' s cut < k.

  (** [cooperation.candidates] Who holds n - t chains that are ready for one value sees k witnesses in them of whatever
      any correct member ever accepts, without the fast path. *)
  Theorem prediction_of_accepted m s cut m' s' cut' : certificate m s cut -> certificate m' s' cut' ->
    k <= seen_in m' s cut.
  Proof.
    intros [H L] [H' L']; pose proof H' as [Ds [Is Hs]]; destruct (some_correct s' Ds Is L') as [v [I C]].
    destruct (Hs v I C) as [rest E]; apply (prediction m s cut m' H L), (Careful v); auto.
    rewrite E; apply in_or_app; right; now left.
  Qed.

  (** [cooperation.certificate-unique] When there is a unique certificate of a value,
      no other value is ever accepted, without the fast path. *)
  Theorem unique_decides m s cut m' s' cut' : certificate m s cut -> unique m s cut -> certificate m' s' cut' -> m' = m.
  Proof.
    intros H U H'; destruct (Nat.eq_dec m' m) as [|N]; auto; exfalso.
    pose proof (prediction_of_accepted m s cut m' s' cut' H H'); pose proof (U m' N); lia.
  Qed.
End Instance.

(** A second value passes the gate only when some correct voter has witnessed both. *)
Theorem gate_overlap (voters : list nat) (t : nat) (faulty : nat -> bool) (w1 w2 : list nat) : (forall l, NoDup l ->
  incl l voters -> length (filter faulty l) <= t) ->
  NoDup w1 -> NoDup w2 -> incl w1 voters -> incl w2 voters ->
  gate_size (length voters) t <= length w1 -> gate_size (length voters) t <= length w2 ->
    exists v, In v w1 /\ In v w2 /\ faulty v = false.
Proof.
  unfold gate_size; intros Few D1 D2 I1 I2 L1 L2; pose proof (in_common voters w1 w2 D1 D2 I1 I2) as C.
  assert (H : length voters + t <= 2 * ((length voters + t) / 2) + 1).
  { pose proof (Nat.div_mod (length voters + t) 2 ltac:(lia));
    pose proof (Nat.mod_upper_bound (length voters + t) 2 ltac:(lia)); lia. }
  set (w := both w1 w2) in *.
  assert (Dw : NoDup w) by now apply NoDup_filter.
  assert (Iw : incl w voters) by (intros v I; apply I1; now apply filter_In in I).
  pose proof (filter_split faulty w) as E; pose proof (Few w Dw Iw).
  destruct (filter (fun v => negb (faulty v)) w) as [|v r] eqn:F; simpl in E; [lia|].
  assert (J : In v (filter (fun v => negb (faulty v)) w)) by (rewrite F; now left).
  apply filter_In in J; destruct J as [J N]; apply negb_true_iff in N; apply filter_In in J; destruct J as [J1 J2].
  exists v; repeat split; auto; now destruct (in_dec Nat.eq_dec v w2).
Qed.

(** With a witness quorum of 2t it is false (erratum CAC-1).
    Four voters, t = k = 1, voter 0 is faulty and witnesses both values.
    0, 1, 2 have witnessed 1, so 1 and 2 are ready for it, and there is a unique certificate of 1:
    none of its chains witnesses 2. But 0 and 3 are 2t that have witnessed 2, so 3, and then 1 and 2,
      are ready for 2 as well, and it is accepted. *)
Definition chain_2t (v : nat) : list statement :=
  match v with 1 => [Witness 1; Ready 1; Ready 2] | 2 => [Witness 1; Ready 1; Ready 2] | 3 => [Witness 2;
    Ready 2] | _ => [] end.
Example two_t_is_too_few :
  let voters := [0; 1; 2; 3] in
  let cut1 v := match v with 3 => [] | _ => [Witness 1] end in
  let cut2 v := match v with 3 => [Witness 2] | _ => [Witness 1; Ready 1] end in
  certificate voters 1 (Nat.eqb 0) chain_2t 1 [0; 1; 2] cut1 /\ unique 1 1 [0; 1; 2] cut1 /\
  certificate voters 1 (Nat.eqb 0) chain_2t 2 [1; 2; 3] cut2.
Proof.
  repeat split; simpl; try lia.
  - repeat constructor; simpl; intuition congruence.
  - intros v I; simpl in *; intuition.
  - intros v I F; simpl in I; destruct I as [<-|[<-|[<-|[]]]]; [discriminate|exists [Ready 2];
    reflexivity|exists [Ready 2]; reflexivity].
  - intros m' N; assert (W : witnesses m' [Witness 1] = false).
    { unfold witnesses; destruct (in_dec statement_eq_dec (Witness m') [Witness 1]) as [[E|[]]|]; auto; congruence. }
    unfold seen_in; cbn [filter]; rewrite W; simpl; lia.
  - repeat constructor; simpl; intuition congruence.
  - intros v I; simpl in *; intuition.
  - intros v I F; simpl in I; destruct I as [<-|[<-|[<-|[]]]]; exists []; reflexivity.
Qed.
