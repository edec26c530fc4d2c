package import FoundationEssentials

/// What the platform allows an invocation, for the work within it.
package struct InvocationAllowance: Sendable {
  /// When the platform ends the invocation.
  package let deadline: Date
  /// Asks the process to end after the invocation.
  package let retire: @Sendable () -> Void

  /// - Parameters:
  ///   - deadline: default: none.
  ///   - retire: default: does nothing.
  package init(deadline: Date = .distantFuture, retire: @escaping @Sendable () -> Void = {}) {
    self.deadline = deadline
    self.retire = retire
  }

  /// The budget of one piece of work; see `WorkBudget`.
  package func budget(_ work: String, processor: WorkBudget.ProcessorLimit? = nil) -> WorkBudget {
    WorkBudget(work, processor: processor, deadline: deadline, retire: retire)
  }
}
