/// The rest of `Metadata.Zoetrope`: message groups, what concerns HTTP, and names of the variables that `zoetrope host` reads.
package struct FunctionSettings: Sendable, Equatable {
  /// `Group`: path of the member of an event that says which message group it is of, as `detail.customer`. Groups take turns.
  /// Empty: only objects that the store tells of are groups.
  package var messageGroup: [String] = []
  /// The largest request body that the gateway takes for the function, in bytes; above 6 MiB it travels as a
  /// reference. `nil`: 6 MiB, as on Lambda.
  package var maximumBody: MaximumBody?
  /// Name of the variable that says on which port to listen.
  package var portVariable: String?
  /// Name of the variable that says on which address to listen.
  package var addressVariable: String?
  /// Name of the variable that says how many invocations run at a time.
  package var concurrencyVariable: String?
  /// Name of the variable that takes the place of `ReservedConcurrentExecutions` under `zoetrope host`.
  package var reservedConcurrencyVariable: String?
  /// Name of the variable that says whether the log is detailed.
  package var debugVariable: String?
  /// Variables that have no meaning here but may be set: `zoetrope host` says so once.
  package var ignoredVariables: [String] = []
  /// `nil`: no pages of metrics.
  package var metrics: MetricsSettings?

  package init(
    messageGroup: [String] = [], maximumBody: MaximumBody? = nil, portVariable: String? = nil,
    addressVariable: String? = nil,
    concurrencyVariable: String? = nil, reservedConcurrencyVariable: String? = nil, debugVariable: String? = nil,
    ignoredVariables: [String] = [], metrics: MetricsSettings? = nil
  ) {
    self.messageGroup = messageGroup
    self.maximumBody = maximumBody
    self.portVariable = portVariable
    self.addressVariable = addressVariable
    self.concurrencyVariable = concurrencyVariable
    self.reservedConcurrencyVariable = reservedConcurrencyVariable
    self.debugVariable = debugVariable
    self.ignoredVariables = ignoredVariables
    self.metrics = metrics
  }

  package enum MaximumBody: Sendable, Equatable {
    case bytes(Int)
    /// The environment variable of that name holds the number of bytes.
    case variable(String)

    /// The number of bytes.
    ///
    /// - Parameter environment: the function's variables, those of the process first where they win.
    /// - Returns: `nil` if the variable is missing or no whole number.
    package func bytes(in environment: [String: String]) -> Int? {
      switch self {
      case .bytes(let count): count
      case .variable(let name): environment[name].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
      }
    }
  }
}
