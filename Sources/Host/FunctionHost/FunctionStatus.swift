/// A function's environments at one instant.
package struct FunctionStatus: Sendable, Codable, Equatable {
  package var function: String
  package var starting: Int
  package var idle: Int
  package var busy: Int
  /// Calls waiting for an environment.
  package var waiting: Int
  package var maximumEnvironments: Int

  package init(function: String, starting: Int, idle: Int, busy: Int, waiting: Int, maximumEnvironments: Int) {
    self.function = function
    self.starting = starting
    self.idle = idle
    self.busy = busy
    self.waiting = waiting
    self.maximumEnvironments = maximumEnvironments
  }
}
