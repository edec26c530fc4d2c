extension DeduplicationRules {
  /// What the functions' policies say.
  package init(_ policies: [FunctionPolicy]) {
    self.init(
      Dictionary(
        policies.compactMap { policy in policy.identity.map { (policy.name, $0) } },
        uniquingKeysWith: { first, _ in first }))
  }
}
