import Glibc
import StokerAgent
import StokerCore
import StokerKit
import SystemPackage

/// Answers `stoker warm`, when the image is simply there, and `stoker inputs --digest` before anything large is
/// touched: by one exchange with the agent, or by a look of its own where none is to be asked. Whatever is unusual
/// (options that it does not know, a miss, a mistake, a warning) goes the full way, which gives the same answer;
/// until then nothing has been printed or changed.
///
/// `STOKER_SHORT_WAY=off` in the environment switches it off, so that tests can compare both ways.
enum ShortWay {
    /// The options that it understands, as the full parser would.
    struct Options: Equatable {
        enum Question { case warm, digest }

        var question: Question
        var folder: String?
        var images: [String] = []
        var isJSON = false
        var isWithoutAgent = false

        /// - Parameter arguments: without the program's name.
        init?(_ arguments: [String]) {
            switch arguments.first {
            case "warm": question = .warm
            case "inputs": question = .digest
            default: return nil
            }
            var rest = arguments.dropFirst()
            var hasTimeout = false
            var hasDigest = false
            while let word = rest.popFirst() {
                switch word {
                case "--json" where !isJSON && question == .warm: isJSON = true
                case "--no-agent" where !isWithoutAgent: isWithoutAgent = true
                case "--digest" where !hasDigest && question == .digest: hasDigest = true
                case "-C":
                    guard folder == nil, let value = rest.popFirst(), !value.isEmpty, !value.hasPrefix("-")
                    else { return nil }
                    folder = value
                case "--timeout" where question == .warm:
                    // It bounds the wait for somebody else, and a hit waits for nobody.
                    guard !hasTimeout, let value = rest.popFirst().flatMap(Double.init),
                        (0...WarmQuestion.longestTimeout).contains(value)
                    else { return nil }
                    hasTimeout = true
                default:
                    guard !word.isEmpty, !word.hasPrefix("-") else { return nil }
                    images.append(word)
                }
            }
            if question == .digest, !hasDigest || images.count > 1 { return nil }
        }
    }

    enum Outcome {
        /// And printed.
        case answered
        /// The full way has to be gone; with the image whose inputs have been found changed, if one was.
        case unanswered(missed: String? = nil)
    }

    /// Prints the answer, if it is a hit.
    static func answer() -> Outcome {
        // `CommandLine.arguments` mends bytes that are not UTF-8, so a name may not be what it was.
        guard CommandLine.arguments.allSatisfy({ !$0.unicodeScalars.contains("\u{FFFD}") }),
            let options = Options(Array(CommandLine.arguments.dropFirst()))
        else { return .unanswered() }
        let environment = environment
        guard environment["STOKER_SHORT_WAY"] != "off",
            let user = try? UserSettings.load(environment: environment),
            let paths = try? StokerPaths(environment: environment),
            let endpoint = Endpoint.resolvePlainly(environment: environment, user: user.engine),
            let root = root(options)
        else { return .unanswered() }
        let socket = user.agentSocket ?? paths.agentSocket
        var told: [WarmResult]?
        let asksAgent = !options.isWithoutAgent && isThere(socket)
        if asksAgent, case .unix(let engine) = endpoint.address, endpoint.certificates == nil {
            told = HitsQuestion(project: root.string, images: options.images, engine: engine)
                .ask(agentAt: socket)
        }
        var lines: [String] = []
        switch options.question {
        case .warm:
            let results: [WarmResult]
            if let told {
                results = told
            } else if asksAgent {
                return .unanswered()
            } else {
                switch PromptHit.find(
                    project: root, images: options.images, user: user, endpoint: endpoint, cache: paths.cache)
                {
                case .hits(let hits): results = hits
                case .miss(let name): return .unanswered(missed: name)
                case .unknown: return .unanswered()
                }
            }
            for result in results {
                guard let line = options.isJSON ? json(result) : result.image else { return .unanswered() }
                lines.append(line)
            }
        case .digest:
            let digest =
                told?.first?.digest
                ?? PromptHit.digest(
                    project: root, image: options.images.first, user: user, endpoint: endpoint)?.description
            guard let digest else { return .unanswered() }
            lines = [digest]
        }
        StandardOutput.write(Array(lines.map { $0 + "\n" }.joined().utf8))
        return .answered
    }

    private static func isThere(_ socket: FilePath) -> Bool {
        var status = stat()
        return lstat(socket.string, &status) == 0 || errno != ENOENT
    }

    private static func root(_ options: Options) -> FilePath? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        guard getcwd(&buffer, buffer.count) != nil else { return nil }
        let current = FilePath(platformString: buffer)
        if let folder = options.folder {
            return try? ProjectLocator.explicit(current.pushing(FilePath(folder)))
        }
        return try? ProjectLocator.find(from: current)
    }

    private static var environment: [String: String] {
        var values: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            // As the C library has it, the first of two counts.
            if let equals = text.firstIndex(of: "="), values[String(text[..<equals])] == nil {
                values[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            next += 1
        }
        return values
    }

    /// As the full way prints a hit; `nil` when a text would have to be escaped.
    static func json(_ result: WarmResult) -> String? {
        let texts = [result.name, result.image, result.imageID, result.digest]
        let isPlain = texts.joined().utf8.allSatisfy {
            (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        guard isPlain, result.reason == nil, result.wait == nil, result.warnings.isEmpty,
            result.seconds.isFinite
        else {
            return nil
        }
        return
            "{\"digest\":\"\(result.digest)\",\"image\":\"\(result.image)\",\"imageID\":\"\(result.imageID)\","
            + "\"name\":\"\(result.name)\",\"outcome\":\"\(result.outcome.rawValue)\",\"reason\":null,"
            + "\"seconds\":\(result.seconds),\"via\":\"\(result.via.rawValue)\",\"wait\":null,\"warnings\":[]}"
    }
}
