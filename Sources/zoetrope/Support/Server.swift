import ArgumentParser

/// A command that takes SIGINT and SIGTERM as the way to stop it: it drains and ends with 0.
protocol Server: AsyncParsableCommand {}
