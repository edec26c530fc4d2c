import EventBus
import Core

/// JSON text as a value; a mistake in a test's text is the test's failure.
func json(_ text: String) throws -> JSONValue {
  try JSON.decode(JSONValue.self, from: Array(text.utf8))
}

func matches(_ pattern: String, _ event: String) throws -> Bool {
  try EventPattern(text: Array(pattern.utf8)).matches(json(event))
}
