import Core

/// Runs work that reads a source; a source that was replaced or deleted meanwhile becomes `Superseded`, since a newer
/// job takes care of it.
package func mappingReplacement<Value>(of key: String, _ work: () throws -> Value) throws -> Value {
  do {
    return try work()
  } catch let error as any ClassifiedError where ["SourceReplaced", "NoSuchKey"].contains(error.code) {
    throw Superseded(key: key)
  }
}
