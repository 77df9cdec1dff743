// iostreams, exceptions, run-time type information and static objects, with the process's libstdc++.
#include <algorithm>
#include <condition_variable>
#include <fstream>
#include <functional>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <typeinfo>
#include <unordered_map>
#include <vector>

struct Noisy {
	std::string name;
	explicit Noisy(std::string n) : name(std::move(n)) { std::cout << "made " << name << '\n'; }
	~Noisy() { std::cout << "gone " << name << std::endl; }
};

static Noisy first("first");
static Noisy second("second");

struct Shape {
	virtual ~Shape() = default;
	virtual double area() const = 0;
};
struct Square : virtual Shape {
	double side;
	explicit Square(double s) : side(s) {}
	double area() const override { return side * side; }
};
struct Named {
	virtual ~Named() = default;
	std::string name = "named";
};
struct NamedSquare final : Square, Named {
	using Square::Square;
};

struct Failure : std::runtime_error {
	int code;
	Failure(const char *what, int c) : std::runtime_error(what), code(c) {}
};

static int thrower(int n)
{
	Noisy local("local");
	if (n == 0)
		throw Failure("deep", 42);
	return thrower(n - 1) + 1;
}

static void exceptions()
{
	try {
		thrower(2);
	} catch (const std::logic_error &) {
		std::cout << "wrong\n";
	} catch (const std::exception &e) {
		std::cout << "caught " << e.what() << ' ' << dynamic_cast<const Failure &>(e).code << '\n';
	}
	try {
		try {
			std::vector<int>().at(3); // thrown by libstdc++
		} catch (const std::out_of_range &e) {
			std::throw_with_nested(Failure("outer", 1));
		}
	} catch (const Failure &e) {
		try {
			std::rethrow_if_nested(e);
		} catch (const std::out_of_range &) {
			std::cout << "nested\n";
		}
	}
	std::exception_ptr p;
	std::thread([&p] {
		try {
			std::stoi("no number");
		} catch (...) {
			p = std::current_exception();
		}
	}).join();
	try {
		std::rethrow_exception(p);
	} catch (const std::invalid_argument &e) {
		std::cout << "from a thread: " << e.what() << '\n';
	}
	std::ifstream missing;
	missing.exceptions(std::ios::failbit);
	try {
		missing.open("/no/such/file");
	} catch (const std::ios_base::failure &) {
		std::cout << "no such file\n";
	}
	auto unwinds = [](auto &&f) noexcept(false) { f(); };
	try {
		unwinds([] { throw 7; });
	} catch (int n) {
		std::cout << "int " << n << '\n';
	}
}

static void types()
{
	std::unique_ptr<Shape> s = std::make_unique<NamedSquare>(3);
	std::cout << typeid(*s).name() << ' ' << s->area() << ' ' << dynamic_cast<Named *>(s.get())->name << '\n';
	try {
		Square plain(1);
		Shape &r = plain;
		std::cout << dynamic_cast<Named &>(r).name;
	} catch (const std::bad_cast &e) {
		std::cout << e.what() << '\n';
	}
	std::cout << (typeid(std::runtime_error) == typeid(Failure) ? "same" : "other") << '\n';
}

static Noisy &lazily()
{
	static Noisy lazy("lazy");
	return lazy;
}

static void threads()
{
	std::mutex m;
	std::condition_variable changed;
	int turn = 0;
	std::vector<std::thread> all;
	std::ostringstream out;
	for (int i = 0; i < 4; i++)
		all.emplace_back([&, i] {
			static thread_local int calls = i;
			lazily();
			std::unique_lock<std::mutex> lock(m);
			changed.wait(lock, [&] { return turn == i; });
			out << calls++ << ' ';
			turn++;
			changed.notify_all();
		});
	for (auto &t : all)
		t.join();
	std::cout << out.str() << '\n';
}

int main(int argc, char **argv)
{
	std::cout << std::fixed << std::setprecision(2) << std::setw(8) << 3.14159 << '|' << std::hex << std::showbase << 255 << std::dec << '\n';
	exceptions();
	types();
	threads();
	std::map<std::string, int> words;
	std::istringstream in("the quick the lazy the end");
	for (std::string w; in >> w;)
		words[w]++;
	for (const auto &[w, n] : words)
		std::cout << w << ':' << n << ' ';
	std::smatch m;
	std::string date = "on 2024-02-29";
	if (std::regex_search(date, m, std::regex("(\\d+)-(\\d+)")))
		std::cout << m[1] << '/' << m[2];
	std::unordered_map<std::string, std::function<int(int)>> f{{"twice", [](int n) { return 2 * n; }}};
	std::cout << ' ' << f.at("twice")(21) << '\n';
	std::string line;
	while (std::getline(std::cin, line))
		std::cout << std::quoted(line) << '\n';
	std::cerr << "done\n";
	return argc;
}
