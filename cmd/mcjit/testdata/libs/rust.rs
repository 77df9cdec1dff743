// The standard library: collections, formatting, threads, thread-local values, and panics that are caught.
use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::panic;
use std::sync::{mpsc, Arc, Mutex};
use std::thread;

thread_local! { static MINE: Cell<u32> = Cell::new(7); }

struct Noisy(&'static str);
impl Drop for Noisy {
    fn drop(&mut self) { println!("gone {}", self.0); }
}

trait Shape { fn area(&self) -> f64; }
struct Square(f64);
impl Shape for Square { fn area(&self) -> f64 { self.0 * self.0 } }

fn parse(s: &str) -> Result<i32, Box<dyn std::error::Error>> { Ok(s.trim().parse::<i32>()? * 2) }

#[no_mangle]
pub extern "C" fn rust_main() -> i32 {
    println!("{:?}", std::env::args().skip(1).collect::<Vec<_>>());
    let mut words: HashMap<String, usize> = HashMap::new();
    for w in "the quick the lazy the end".split(' ') { *words.entry(w.to_string()).or_default() += 1; }
    println!("{:?}", words.iter().collect::<BTreeMap<_, _>>());
    println!("{:>8.3}|{:#x}|{:e}", 3.14159, 255, 1234.5);
    println!("{:?} {}", parse(" 21 ").unwrap(), parse("x").unwrap_err());
    let shapes: Vec<Box<dyn Shape>> = vec![Box::new(Square(2.0)), Box::new(Square(1.5))];
    println!("{}", shapes.iter().map(|s| s.area()).sum::<f64>());

    let (send, receive) = mpsc::channel();
    let total = Arc::new(Mutex::new(0));
    let all: Vec<_> = (0..4).map(|i| {
        let (send, total) = (send.clone(), total.clone());
        thread::spawn(move || {
            MINE.with(|m| m.set(m.get() + i));
            *total.lock().unwrap() += MINE.with(|m| m.get());
            send.send(i).unwrap();
        })
    }).collect();
    drop(send);
    let mut order: Vec<u32> = receive.iter().collect();
    order.sort();
    for t in all { t.join().unwrap(); }
    println!("{:?} {} {}", order, total.lock().unwrap(), MINE.with(|m| m.get()));

    panic::set_hook(Box::new(|_| ()));
    let caught = panic::catch_unwind(|| {
        let _a = Noisy("local");
        let empty: Vec<i32> = Vec::new();
        empty[std::env::args().count()]
    });
    println!("{}", caught.unwrap_err().downcast_ref::<String>().unwrap());
    println!("{:?}", thread::spawn(|| panic!("in a thread")).join().unwrap_err().downcast_ref::<&str>());
    5
}
