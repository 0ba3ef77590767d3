@testable import StokerCore
import Testing

/// Which work answers a question, over all orders in which edits, questions and the steps of the work can come.
@Suite struct QuestionTests {
    /// The machine, and what its owner does around it. Inputs are numbers that only grow.
    struct World {
        struct Asked {
            var question: Question
            var inputs: Int
            /// Builds that have begun since.
            var builds = 0
        }

        var machine = Machine(timing: .init(quiet: .milliseconds(40), cap: .milliseconds(500)))
        var now = TestInstant(0)
        var timer: TestInstant?
        var inputs = 0
        /// Of the image that is there.
        var built: Int?
        var runs = 0
        /// Whether the work that goes on reads what it is to build; before that it looks.
        var isReading = false
        /// What it builds.
        var building: Int?
        var isWorking: Bool { if case .working = machine.state { true } else { false } }
        var (isJudging, isAbandoning) = (false, false)
        var waiting: [Asked] = []
        var answered: [(asked: Asked, inputs: Int)] = []

        func goal(_ inputs: Int) -> InputGoal { InputGoal(digest: "\(inputs)", bases: []) }

        mutating func handle(_ event: Machine.Event) {
            for action in machine.handle(event, at: now) {
                switch action {
                case .wake(let at): timer = at
                case .work: (runs, isReading, building) = (runs + 1, false, nil)
                case .judge: isJudging = true
                case .abandon: isAbandoning = building != nil
                }
            }
        }

        mutating func edit() {
            inputs += 1
            handle(.changed)
        }

        mutating func ask() {
            if built == inputs, building == nil { return }
            var question = Question(firstRun: runs + 1, goal: isWorking ? goal(inputs) : nil)
            let isPutOff = isWorking
            if isPutOff, !isAbandoning, let building { question.hear(building: "\(building)", inRun: runs) }
            if !isPutOff || !question.waits(forRun: runs) { handle(.asked) }
            waiting.append(Asked(question: question, inputs: inputs))
        }

        /// The next thing that happens by itself.
        mutating func step() {
            if isJudging {
                isJudging = false
                let isWaitedFor = waiting.contains { $0.question.waits(forRun: runs) }
                return handle(.judged(isInVain: building != nil && building != inputs && !isWaitedFor))
            }
            if isAbandoning {
                (isAbandoning, building) = (false, nil)
                return handle(.superseded)
            }
            if isWorking, !isReading, built != inputs {
                isReading = true
                for index in waiting.indices {
                    waiting[index].builds += 1
                    waiting[index].question.hear(readingInRun: runs)
                }
                return
            }
            if isReading, building == nil {
                building = inputs
                for index in waiting.indices {
                    waiting[index].question.hear(building: "\(inputs)", inRun: runs)
                }
                if waiting.contains(where: { !$0.question.waits(forRun: runs) }) { isJudging = true }
                return
            }
            if isWorking { return finish() }
            if let timer {
                self.timer = nil
                now = max(now, timer)
                handle(.timer)
            }
        }

        private mutating func finish() {
            let result = building ?? inputs
            (built, building) = (result, nil)
            let proof = CacheRecord.Proof(
                digest: "\(result)", imageID: "i", engineID: "e", bases: [], seconds: 1, reason: "r")
            for asked in waiting where asked.question.isAnswered(byRun: runs, proof) {
                answered.append((asked, result))
            }
            waiting.removeAll { $0.question.isAnswered(byRun: runs, proof) }
            handle(.finished(.current(digest: "\(result)")))
            if !waiting.isEmpty, !isWorking { handle(.asked) }
        }
    }

    static let length = 9

    /// All words of three letters: an edit, a question, a step.
    @Test func aQuestionWaitsForOneBuildAndTheRestOfAnother() {
        var questions = 0
        for number in 0..<Int(pow3(QuestionTests.length)) {
            var world = World()
            var word = number
            for _ in 0..<QuestionTests.length {
                switch word % 3 {
                case 0: world.edit()
                case 1: world.ask()
                default: world.step()
                }
                word /= 3
            }
            var steps = 0
            while !world.waiting.isEmpty, steps < 100 {
                world.step()
                steps += 1
            }
            #expect(world.waiting.isEmpty, "a question of \(number) is never answered")
            questions += world.answered.count
            for (asked, inputs) in world.answered {
                #expect(inputs >= asked.inputs, "\(number) is answered with older inputs")
                #expect(asked.builds <= 1, "\(number) waits for \(asked.builds) builds")
            }
        }
        #expect(questions > 20_000)
    }

    private func pow3(_ exponent: Int) -> Int { (0..<exponent).reduce(1) { product, _ in product * 3 } }

    @Test(
        arguments: [
            ("d", [("a", "1")], true), ("e", [("a", "1")], false), ("d", [("a", "2")], false),
            ("d", [("b", "1")], false), ("d", [], false), ("d", [("a", nil)], true),
            ("d", [("a", "1"), ("b", nil)], false),
        ] as [(String, [(String, String?)], Bool)])
    func aGoalIsMetByItsInputsAndBasesAlone(digest: String, bases: [(String, String?)], isMet: Bool) {
        let proof = CacheRecord.Proof(
            digest: "d", imageID: "i", engineID: "e", bases: [BaseImage(reference: "a", imageID: "1")],
            seconds: 1, reason: "r")
        let goal = InputGoal(
            digest: digest, bases: bases.map { BaseImage(reference: $0.0, imageID: $0.1) })
        #expect(goal.isMet(by: proof) == isMet)
        let question = Question(firstRun: 2, goal: goal)
        #expect(question.isAnswered(byRun: 1, proof) == isMet)
        #expect(question.isAnswered(byRun: 2, nil))
    }

    @Test func aBuildThatBeginsAnewWithOtherInputsIsNotWaitedFor() {
        var question = Question(firstRun: 2, goal: InputGoal(digest: "d", bases: []))
        #expect(!question.waits(forRun: 1))
        question.hear(building: "d", inRun: 1)
        #expect(question.waits(forRun: 1))
        question.hear(building: "e", inRun: 1)
        #expect(!question.waits(forRun: 1))
        #expect(question.waits(forRun: 2))
    }
}
