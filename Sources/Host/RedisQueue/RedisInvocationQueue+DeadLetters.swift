package import Invocations
package import FoundationEssentials
import RedisClient
import Core

extension RedisInvocationQueue {
  /// Letters in one script: while it runs the server serves no other client.
  private static let page = 256

  package func deadLetters(after: Int64, limit: Int) async throws -> [DeadLetter] {
    var letters: [DeadLetter] = []
    var after = after
    while letters.count < limit {
      let wanted = min(Self.page, limit - letters.count)
      var command = command()
      command.append(after)
      command.append("+inf")
      command.append(wanted)
      guard let found = try await client.run(QueueScripts.deadLetters, command).array else {
        throw RedisError.unexpected("dead letters")
      }
      letters += try found.map(Self.letter)
      guard found.count == wanted, let last = letters.last else { break }
      after = last.number
    }
    return letters
  }

  package func redrive(_ numbers: [Int64]?, at now: Date) async throws -> (functions: Set<String>, count: Int) {
    var functions: Set<String> = []
    let count = try await onLetters(numbers, QueueScripts.redrive, String(now.millisecondsSince1970)) { answer in
      functions.formUnion(answer.count > 2 ? answer[2].array?.compactMap(\.text) ?? [] : [])
    }
    newWork.add(functions)
    return (functions, count)
  }

  package func purge(_ numbers: [Int64]?, before: Date?) async throws -> Int {
    try await onLetters(numbers, QueueScripts.purge, before.map { String($0.millisecondsSince1970) } ?? "") { _ in }
  }

  /// Runs a script on letters, some at a time: those that are named, or all that are there now.
  private func onLetters(
    _ numbers: [Int64]?, _ script: RedisScript, _ moment: String, _ each: ([RedisValue]) -> Void
  ) async throws -> Int {
    var count = 0
    func run(after: Int64, upTo: String, _ numbers: ArraySlice<Int64>) async throws -> Int64 {
      var command = command()
      command.append(moment)
      command.append(after)
      command.append(upTo)
      command.append(Self.page)
      for number in numbers { command.append(number) }
      guard let answer = try await client.run(script, command).array, answer.count >= 2, let done = answer[0].integer,
        let last = answer[1].integer
      else { throw RedisError.unexpected("a change of dead letters") }
      count += Int(done)
      each(answer)
      return last
    }
    if var rest = numbers?[...] {
      while !rest.isEmpty {
        _ = try await run(after: 0, upTo: "0", rest.prefix(Self.page))
        rest = rest.dropFirst(Self.page)
      }
    } else {
      // Not those that come meanwhile, which may be the same ones.
      let newest = try await client.run(QueueScripts.newestLetter, command()).integer ?? 0
      var last: Int64 = 0
      repeat { last = try await run(after: last, upTo: String(newest), []) } while last >= 0 && last < newest
    }
    return count
  }

  /// number, id, function, group, enqueued, payload, condition, attempts, type, message, queue, died
  private static func letter(_ value: RedisValue) throws(RedisError) -> DeadLetter {
    guard let value = value.array, value.count == 12, let number = value[0].integer, let id = value[1].text,
      let function = value[2].text, let group = value[3].text, let enqueued = value[4].integer,
      let payload = value[5].bytes, let condition = value[6].text, let attempts = value[7].integer,
      let type = value[8].text, let message = value[9].text, let queue = value[10].text, let died = value[11].integer
    else { throw .unexpected("a dead letter") }
    return DeadLetter(
      number: number,
      invocation: NewInvocation(
        id: id, function: function, payload: payload, messageGroupID: group,
        enqueuedAt: Date(millisecondsSince1970: enqueued)),
      death: DeadLetterReason(
        condition: DeadLetterReason.Condition(rawValue: condition) ?? .retriesExhausted, attempts: Int(attempts),
        errorType: type, errorMessage: message, queue: queue.isEmpty ? nil : queue,
        at: Date(millisecondsSince1970: died)))
  }
}
